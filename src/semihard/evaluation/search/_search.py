"""The search itself: blocks of queries, several at a time, in float32 as long as that is fine enough."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.search._among import Among, both_ways, fits, room_of
from semihard.evaluation.search._blas import single_threaded_blas
from semihard.evaluation.search._block import Found, nearest_in_block, rows_at_once
from semihard.evaluation.search._in_parallel import in_parallel
from semihard.evaluation.search._prepared import PreparedGallery
from semihard.evaluation.search._products import coarse_enough, extent
from semihard.evaluation.search._top_k import TooMany
from semihard.evaluation.search.exact import pair_squared_distances, refine_order

# Those that this process may use.
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# What one thread searches in some ten milliseconds.
FEW_PAIRS = 2**21
# Where each matrix product uses all cores anyway, a few blocks at a time fill the gaps between products.
FEW = min(4, CORES)

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]
Progress = Callable[[int, int], object]


class NeighborBlock(NamedTuple):
    """The nearest gallery items of some queries.

    Attributes:
        rows: int64 [rows], which queries these are.
        items: int64 [rows, width], gallery positions, nearest first.
        squared_distances: float64 [rows, width], ascending; infinite where nothing is left to list. Two of them are
            equal exactly if the squared distances, computed in float64 from the two vectors alone, are equal. As values
            they are approximate, within about 1e-5 of the squared norms: for the order, not for the distance.
    """

    rows: NDArray[np.int64]
    items: NDArray[np.int64]
    squared_distances: NDArray[np.float64]


class Search:
    """Queries [queries, dim] in a gallery [gallery, dim].

    Args:
        queries: real, finite.
        gallery: `PreparedGallery`.
        depths: int64 [queries], how many neighbours each query wants; 0 for none.
        exclude: pairs (query, gallery item) that do not count, ordered by query.
        memory: bytes for the gallery as it is searched and the blocks at work; half of it for the blocks at least.
        progress: called with (queries done, all queries that want any).
        threads: None for as many as are good.
    """

    def __init__(
        self,
        queries: NDArray[Any],
        gallery: PreparedGallery,
        depths: NDArray[np.int64],
        exclude: Pairs,
        memory: int,
        progress: Progress | None = None,
        threads: int | None = None,
    ) -> None:
        self._queries, self._gallery, self._depths = queries, gallery, np.minimum(depths, len(gallery))
        self._exclude = exclude[0], gallery.place_of[exclude[1]]
        self._measure = partial(pair_squared_distances, queries, gallery.vectors)
        self._threads = threads
        self._todo = int(np.count_nonzero(self._depths))
        self._progress = progress or (lambda done, total: None)
        coarse = coarse_enough(extent(queries), gallery.extent)
        self._centred = gallery.centred(np.float32 if coarse else np.float64)
        self._memory = max(memory - self._centred.nbytes, memory // 2)

    def blocks(self) -> Iterator[NeighborBlock]:
        """Search all queries that want neighbours."""
        # Queries of similar depth share a block, so that one deep query does not widen the rows of all.
        order = np.argsort(self._depths, kind="stable")
        order = order[self._depths[order] > 0]
        if not len(order):
            return
        # To start threads takes longer than to search a few queries in a small gallery.
        self._room = self._memory
        if len(order) * len(self._gallery) < FEW_PAIRS and len(next(self._cut(order, len(order)))) == len(order):
            yield from self._blocks(order, 1)
            return
        with single_threaded_blas() as single:
            threads = self._threads or (CORES if single else FEW)
            if self._can_be_halved(order, threads):
                try:
                    among = self._among(threads)
                except TooMany:
                    pass
                else:
                    yield from among
                    return
            yield from self._blocks(order, threads)

    def _can_be_halved(self, order: NDArray[np.int64], threads: int) -> bool:
        """Whether all items are searched among themselves, with room for what is found of all of them."""
        places = self._gallery.places
        if self._queries is not self._gallery.vectors or not self._fit(threads):
            return False
        if not both_ways((self._exclude[0], places[self._exclude[1]]), len(self._gallery)):
            return False
        # A few tell whether most of them tie, or are too close for float32.
        some, self._room = order[:64], room_of(int(self._depths.max()), self._centred.dtype.itemsize)
        try:
            self._block(some)
        except TooMany:
            return False
        except _TooClose:
            self._measured_finely()
        return self._fit(threads)

    def _fit(self, threads: int) -> bool:
        return fits(self._depths[self._gallery.places], self._centred.dtype.itemsize, self._memory, threads)

    def _among(self, threads: int) -> Iterator[NeighborBlock]:
        """All items among themselves; raises `TooMany` before the first block."""
        places = self._gallery.places
        depths = self._depths[places]
        excluded = self._gallery.place_of[self._exclude[0]], self._exclude[1]
        among = Among(self._centred, depths, excluded, self._memory)
        among.collect(threads, lambda done, total: self._progress(self._todo * done // total, self._todo))

        def blocks(number: int) -> NeighborBlock:
            panel = among.panels[number]
            some = np.flatnonzero(depths[panel])
            columns, squared, close = among.found(number)
            return self._exactly(places[panel][some], Found(columns[some], squared[some], close[some]))

        return in_parallel(blocks, range(len(among.panels)), threads)

    def _blocks(self, order: NDArray[np.int64], threads: int) -> Iterator[NeighborBlock]:
        self._room = self._memory // threads
        most = -(-len(order) // threads)
        while len(order):
            done = 0
            try:
                for block in in_parallel(self._block, self._cut(order, most), threads):
                    yield block
                    done += len(block.rows)
                    self._progress(self._todo - len(order) + done, self._todo)
            except TooMany:
                most = max(1, len(next(self._cut(order[done:], most))) // 2)
            except _TooClose:
                self._measured_finely()
            order = order[done:]

    def _cut(self, order: NDArray[np.int64], most: int) -> Iterator[NDArray[np.int64]]:
        """Cut queries, ordered by depth, into blocks of at most `most`, and of what there is room for."""
        start = 0
        while start < len(order):
            step = most
            for _ in range(2):  # the second time for the depth at the end of the block
                deepest = int(self._depths[order[min(start + step, len(order)) - 1]])
                itemsize = self._centred.dtype.itemsize
                step = min(step, rows_at_once(len(self._gallery), deepest, itemsize, self._room))
            yield order[start : start + step]
            start += step

    def _block(self, rows: NDArray[np.int64]) -> NeighborBlock:
        width = int(self._depths[rows].max())
        excluded = _pairs_of(rows, *self._exclude)
        found = nearest_in_block(self._centred, self._queries[rows], width, excluded, self._room)
        # A measured pair costs as much as some 45 entries of a product in double precision.
        coarse = self._centred.dtype == np.float32
        if coarse and np.count_nonzero(found.close) * 45 > len(rows) * len(self._gallery):
            raise _TooClose
        return self._exactly(rows, found)

    def _exactly(self, rows: NDArray[np.int64], found: Found) -> NeighborBlock:
        items = self._gallery.places[found.columns]
        with np.errstate(invalid="ignore"):  # infinity − infinity, between excluded items
            refine_order(found.squared, items, rows, found.close, lambda: self._gallery.identities, self._measure)
        return NeighborBlock(rows, items, found.squared)

    def _measured_finely(self) -> None:
        del self._centred  # before there are two
        self._centred = self._gallery.centred(np.float64)


class _TooClose(Exception):
    """Most neighbours are closer together than products in float32 can tell."""


def _pairs_of(rows: NDArray[np.int64], query: NDArray[np.int64], column: NDArray[np.int64]) -> Pairs:
    """The pairs (place among `rows`, column) of those queries, from pairs ordered by query."""
    first = np.searchsorted(query, rows, side="left")
    counts = np.searchsorted(query, rows, side="right") - first
    row = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return row, column[np.repeat(first, counts) + within]

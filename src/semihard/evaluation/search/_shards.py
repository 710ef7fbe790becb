"""A search in parts: some queries in some of the items at a time, for a gallery that memory or one machine cannot hold.

Distances of two parts compare, because each is measured from its two vectors alone.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.search._merge import Nearest, merge, nearest_of
from semihard.evaluation.search._prepared import PreparedGallery
from semihard.evaluation.search._search import NeighborBlock, Pairs, Progress, Search
from semihard.evaluation.search.exact import pair_squared_distances

# Fewer items, or queries, would cost more to make ready than to search.
FEWEST_ITEMS, FEWEST_QUERIES = 2**16, 2**12


class Task(NamedTuple):
    """Some queries to be searched in some of the items.

    Attributes:
        depths: int64 [rows], how many neighbours each query wants.
        exclude: pairs [pairs] of a row and of an item, counted from the first of the shard.
        first: the number of that first item.
        memory: bytes for the search.
    """

    depths: NDArray[np.int64]
    exclude: Pairs
    first: int
    memory: int


class Parts:
    """Queries cut into panels, and items into shards.

    Args:
        queries, gallery: real [queries, dim] and [gallery, dim], also of a file (`np.memmap`).
        depths: int64 [queries], how many neighbours each query wants; 0 for none.
        exclude: pairs (query, gallery item) that do not count, ordered by query.
        memory: bytes for a task and for what comes of it.
        merged: how many shards' neighbours are merged at a time; None for all of them.
    """

    def __init__(
        self,
        queries: NDArray[Any],
        gallery: NDArray[Any],
        depths: NDArray[np.int64],
        exclude: Pairs,
        memory: int,
        merged: int | None = None,
    ) -> None:
        self.queries, self.gallery, self.depths = queries, gallery, depths
        self._exclude, self._memory = exclude, memory // 2
        items = max(FEWEST_ITEMS, memory // 4 // _bytes_an_item(queries, gallery))
        self.shards = [slice(at, min(at + items, len(gallery))) for at in range(0, len(gallery), items)]
        order = np.argsort(depths, kind="stable")
        order = order[depths[order] > 0]
        deepest = int(depths.max(initial=1))
        # A neighbour and its distance are held, put in order and merged.
        rows = max(FEWEST_QUERIES, memory // 2 // (48 * deepest * (merged or len(self.shards))))
        self.panels = [order[at : at + rows] for at in range(0, len(order), rows)]

    def task(self, panel: NDArray[np.int64], shard: slice) -> Task:
        """What is to be searched for the queries of a panel in the items of a shard."""
        query, item = self._exclude
        order = np.argsort(panel)
        place = np.minimum(np.searchsorted(panel[order], query), len(panel) - 1)
        row = order[place]
        here = (panel[row] == query) & (item >= shard.start) & (item < shard.stop)
        row, item = row[here], item[here] - shard.start
        by_row = np.argsort(row, kind="stable")
        return Task(self.depths[panel], (row[by_row], item[by_row]), shard.start, self._memory)

    def block(self, panel: NDArray[np.int64], nearest: Nearest) -> NeighborBlock:
        """What was found in all shards for the queries of a panel, as wide as if it had been found at once."""
        width = min(int(self.depths[panel].max()), len(self.gallery))
        beside = (0, 0), (0, max(0, width - nearest.squared.shape[1]))
        items, squared = (np.pad(nearest.items, beside), np.pad(nearest.squared, beside, constant_values=np.inf))
        return NeighborBlock(panel, items, squared)


def search_part(
    queries: NDArray[Any],
    vectors: NDArray[Any],
    task: Task,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Nearest:
    """Search a panel [rows, dim] in a shard [items, dim].

    Args:
        queries, vectors: real, finite.
        task: about them.
        threads: None for as many as there are cores.
        progress: called with (queries done, all queries of the panel).
    """
    depths = np.minimum(task.depths, len(vectors))
    search = Search(queries, PreparedGallery(vectors), depths, task.exclude, task.memory, progress, threads)
    found = []
    for block in search.blocks():
        row, place = np.nonzero(nearest_of(block.squared_distances, depths[block.rows]))
        items = block.items[row, place]
        found.append((block.rows[row], place, items, pair_squared_distances(queries, vectors, block.rows[row], items)))
    row, place, items, measured = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    nearest = Nearest(*(np.full((len(queries), int(place.max(initial=-1)) + 1), empty) for empty in (np.inf, -1)))
    nearest.squared[row, place] = measured
    nearest.items[row, place] = items + task.first
    return nearest


def too_large(queries: NDArray[Any], gallery: NDArray[Any], memory: int) -> bool:
    """Whether a gallery ready to be searched would take more than half of the memory."""
    return len(gallery) > FEWEST_ITEMS and len(gallery) * _bytes_an_item(queries, gallery) > memory // 2


def blocks_in_turn(parts: Parts, progress: Progress) -> Iterator[NeighborBlock]:
    """Search one panel after the other in one shard after the other, in this process."""
    done, total = 0, len(parts.shards) * sum(map(len, parts.panels))

    def of_panel(searched: int, now: int, _: int) -> None:
        progress((searched + now) // len(parts.shards), total // len(parts.shards))

    for panel in parts.panels:
        queries, depths = parts.queries[panel], parts.depths[panel]
        nearest = Nearest(np.empty((len(panel), 0)), np.empty((len(panel), 0), np.int64))
        for shard in parts.shards:
            tell = partial(of_panel, done)
            found = search_part(queries, parts.gallery[shard], parts.task(panel, shard), progress=tell)
            nearest = merge([nearest, found], depths)
            done += len(panel)
        yield parts.block(panel, nearest)


def _bytes_an_item(queries: NDArray[Any], gallery: NDArray[Any]) -> int:
    return (gallery.shape[1] + 2) * max(4, queries.itemsize, gallery.itemsize)

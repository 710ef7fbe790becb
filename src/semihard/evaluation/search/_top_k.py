"""The least entries of each row of a matrix that is made a few columns at a time and never kept."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The most entries of which only the least is looked at first.
_GROUP = 16


class TooMany(Exception):
    """More entries may be among the least than there is room for, as when most of them tie."""


class Least:
    """Collects all entries of each row that may truly be among its `width` least, though entries are approximate.

    Args:
        rows: how many rows.
        width: how many of the least entries are wanted, at least 1.
        reach: maps approximate entries [rows] to the largest approximation that an entry as small may have, [rows].
        dtype: of the entries.
        room: bytes for the collection; one row may take more.

    Attributes:
        values: [rows, capacity], in no order; infinite where nothing is collected.
        columns: int32 [rows, capacity].
        counts: int64 [rows], how many are collected.
    """

    def __init__(
        self, rows: int, width: int, reach: Callable[[NDArray[Any]], NDArray[Any]], dtype: Any, room: int
    ) -> None:
        self._width, self._reach, self._room = width, reach, room
        self._most = np.finfo(dtype).max  # what is infinite does not count
        self._limit = np.full(rows, self._most, dtype)
        self.counts = np.zeros(rows, np.int64)
        self._seen = 0
        self._make(capacity(width))

    @property
    def nbytes(self) -> int:
        """Bytes that are taken."""
        return self.values.nbytes + self.columns.nbytes

    def add(self, tile: NDArray[Any], first: int) -> None:
        """Look through a contiguous [rows, columns], whose columns are counted from `first`.

        Raises:
            TooMany: if the collection does not fit into its room.
        """
        rows, columns = tile.shape
        if not self._seen:
            self._begin(tile)
        self._seen += columns
        entry = np.flatnonzero(tile <= self._limit[:, None])
        starts = np.arange(rows + 1) * columns
        counts = np.diff(np.searchsorted(entry, starts))
        self._append(counts, entry + np.repeat(first - starts[:-1], counts), tile.take(entry))

    def add_transposed(self, tile: NDArray[Any], first: int) -> None:
        """The same of a contiguous [columns, rows]: the faster way where few of the entries are near."""
        columns, rows = tile.shape
        if not self._seen:
            self._begin(tile.T)
        self._seen += columns
        group = self._group(columns)
        if group == 1:
            entry = np.flatnonzero(tile <= self._limit)
        else:
            # Every so manieth column: to find their minima is one pass over the tile as it lies in memory.
            least = tile.reshape(group, columns // group, rows).min(axis=0)
            entry = np.flatnonzero(least <= self._limit)
            entry = (entry + least.size * np.arange(group)[:, None]).reshape(-1)
        values, row = tile.take(entry), entry % rows
        if group > 1:
            near = np.flatnonzero(values <= self._limit[row])
            entry, row, values = entry[near], row[near], values[near]
        # Integers of 16 bits are sorted by counting them.
        order = np.argsort(row.astype(np.uint16) if rows <= 2**16 else row, kind="stable")
        self._append(np.bincount(row, minlength=rows), entry[order] // rows + first, values[order])

    def compact(self) -> None:
        """Leave out what has turned out to be beyond reach."""
        self._tighten(self.values)
        near = self.values <= self._limit[:, None]
        self.counts = np.count_nonzero(near, axis=1)
        values, columns = self.values[near], self.columns[near]
        self._make(max(capacity(self._width), int(self.counts.max(initial=0))))
        filled = np.arange(self.values.shape[1]) < self.counts[:, None]
        self.values[filled], self.columns[filled] = values, columns

    def _group(self, columns: int) -> int:
        """What is saved by looking at groups is spent on looking into the nearest of them: the best is about this."""
        near = self._width / self._seen
        group = _GROUP if near * _GROUP < 1 / 100 else _GROUP // 2
        return group if near * group < 1 / 100 and columns % group == 0 else 1

    def _begin(self, tile: NDArray[Any]) -> None:
        """Before the first tile, its own entries tell how far is too far; a fourth of them do, where that is enough."""
        rows, columns = tile.shape
        if columns % 4 == 0 and columns >= 8 * self._width:
            tile = tile.reshape(rows, 4, columns // 4).min(axis=1)
        if columns >= self._width:
            self._tighten(tile)

    def _tighten(self, entries: NDArray[Any]) -> None:
        last = np.partition(entries, self._width - 1, axis=1)[:, self._width - 1]
        self._limit = np.minimum(self._limit, np.minimum(self._reach(last), self._most))

    def _append(self, counts: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[Any]) -> None:
        """Add entries that are ordered by row, so many of each row [rows]."""
        needed = int((self.counts + counts).max(initial=0))
        full = needed > self.values.shape[1]
        if full:
            self._widen(needed)
        free = self.counts + np.arange(len(counts)) * self.values.shape[1]
        place = np.arange(len(values)) + np.repeat(free - (np.cumsum(counts) - counts), counts)
        self.values.reshape(-1)[place], self.columns.reshape(-1)[place] = values, columns
        self.counts += counts
        if full:  # only then, since to find out what is beyond reach takes longer than to add a few
            self.compact()

    def _widen(self, needed: int) -> None:
        if len(self.values) > 1 and len(self.values) * needed * (self.values.itemsize + 4) > self._room:
            raise TooMany
        values, columns = self.values, self.columns
        self._make(needed)
        self.values[:, : values.shape[1]], self.columns[:, : values.shape[1]] = values, columns

    def _make(self, capacity: int) -> None:
        self.values = np.full((len(self.counts), capacity), np.inf, self._limit.dtype)
        self.columns = np.zeros(self.values.shape, np.int32)


def capacity(width: int) -> int:
    """How many entries a row has room for: a few more than are wanted, so as not to be full at once."""
    return width + max(width // 2, 16)

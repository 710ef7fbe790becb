"""The least entries of each row of a matrix that is made a few columns at a time and never kept."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The most columns whose least entry is looked at first.
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
    """

    def __init__(
        self, rows: int, width: int, reach: Callable[[NDArray[Any]], NDArray[Any]], dtype: Any, room: int
    ) -> None:
        self._width, self._reach, self._room = width, reach, room
        self._most = np.finfo(dtype).max  # what is infinite does not count
        self._limit = np.full(rows, self._most, dtype)
        self._counts = np.zeros(rows, np.int64)
        self.values = np.full((rows, width), np.inf, dtype)
        self.columns = np.zeros((rows, width), np.int32)

    def add(self, tile: NDArray[Any], first: int) -> None:
        """Look through a contiguous [rows, columns], whose columns are counted from `first`.

        Raises:
            TooMany: if the collection does not fit into its room.
        """
        rows, columns = tile.shape
        # What is saved by looking at groups is spent on looking into the nearest of them: the best is about this.
        group = _GROUP
        while group > 1 and (columns % group or 4 * self._width * group**2 > columns):
            group //= 2
        # A group is every so manieth column: their minima are then one pass over the tile as it lies in memory.
        least = tile if group == 1 else tile.reshape(rows, group, columns // group).min(axis=1)
        if not first and least.shape[1] >= self._width:
            self._tighten(least)
        row, place = np.divmod(np.flatnonzero(least <= self._limit[:, None]), least.shape[1])
        if group > 1:
            place = (place[:, None] + least.shape[1] * np.arange(group)).reshape(-1)
            row = np.repeat(row, group)
        values = tile.take(row * columns + place)
        if group > 1:
            near = np.flatnonzero(values <= self._limit[row])
            row, place, values = row[near], place[near], values[near]
        self._append(row, place, values, first)
        self._tighten(self.values)

    def compact(self) -> None:
        """Leave out what has turned out to be beyond reach."""
        row, place = np.divmod(np.flatnonzero(self.values <= self._limit[:, None]), self.values.shape[1])
        values, columns = self.values[row, place], self.columns[row, place]
        self._counts[:] = 0
        self.values[:] = np.inf
        self._append(row, columns, values, 0)
        capacity = max(self._width, int(self._counts.max(initial=0)))
        self.values, self.columns = self.values[:, :capacity], self.columns[:, :capacity]

    def _tighten(self, entries: NDArray[Any]) -> None:
        last = np.partition(entries, self._width - 1, axis=1)[:, self._width - 1]
        self._limit = np.minimum(self._limit, np.minimum(self._reach(last), self._most))

    def _append(self, row: NDArray[np.int64], columns: NDArray[Any], values: NDArray[Any], first: int) -> None:
        """Add entries that are ordered by row."""
        counts = np.bincount(row, minlength=len(self._counts))
        place = np.arange(len(row)) + np.repeat(self._counts - (np.cumsum(counts) - counts), counts)
        self._grow(int((self._counts + counts).max(initial=0)))
        self.values[row, place], self.columns[row, place] = values, columns + first
        self._counts += counts

    def _grow(self, needed: int) -> None:
        rows, capacity = self.values.shape
        if needed <= capacity:
            return
        capacity = max(needed, 2 * capacity)
        if rows > 1 and rows * capacity * (self.values.itemsize + self.columns.itemsize) > self._room:
            raise TooMany
        values, columns = self.values, self.columns
        self.values = np.full((rows, capacity), np.inf, values.dtype)
        self.columns = np.zeros((rows, capacity), columns.dtype)
        self.values[:, : values.shape[1]], self.columns[:, : values.shape[1]] = values, columns

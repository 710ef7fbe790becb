"""Which classes are retrieved for which: the weights of wrong items among the R nearest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Places that wait to be added up.
_AT_ONCE = 2**18


class ConfusionCounts:
    """Adds up, over blocks of ranked lists, how many of a class's R nearest places other classes take.

    Ties stand in every order equally often: each of s tied items that share m places takes m / s of a place.

    Args:
        classes: number of classes; codes are 0 … classes − 1.

    Example:
        >>> counts = ConfusionCounts(3)
        >>> counts.add(np.array([0]), np.array([[1, 0, 2]]), np.array([[0.1, 0.2, 0.2]]), np.array([2]))
        >>> [(int(a), int(b), float(places)) for a, b, places in zip(*counts.largest(5), strict=True)]
        [(0, 1, 1.0), (0, 2, 0.5)]
    """

    def __init__(self, classes: int) -> None:
        self._classes = classes
        self._cells = np.empty(0, np.int64)
        self._places = np.empty(0)
        self._waiting: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        self._count = 0

    def add(
        self, queries: NDArray[Any], items: NDArray[Any], distances: NDArray[np.float64], relevant: NDArray[np.int64]
    ) -> None:
        """Count a block.

        Args:
            queries: codes [rows].
            items: codes [rows, width], nearest first.
            distances: [rows, width], ascending; infinite for items that do not count.
            relevant: R of each query, [rows].
        """
        places = _places(distances, relevant)
        row, column = np.nonzero((places > 0) & (items != queries[:, None]))
        cells = queries[row].astype(np.int64) * self._classes + items[row, column]
        self._waiting.append((cells, places[row, column]))
        self._count += len(cells)
        # Added up when there are many, since that sorts all that there are.
        if self._count > max(_AT_ONCE, len(self._cells)):
            self._add_up()

    def largest(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """The pairs with the most places: codes of the queries' class and of the retrieved one, and places, [count].

        Equal places in the order of the codes.
        """
        self._add_up()
        # Sums of thirds differ in the last bit by the order of the data.
        places = np.round(self._places, 9)
        order = np.lexsort((self._cells, -places))[:count]
        return *np.divmod(self._cells[order], self._classes), places[order]

    def _add_up(self) -> None:
        cells = np.concatenate([self._cells, *(cells for cells, _ in self._waiting)])
        places = np.concatenate([self._places, *(places for _, places in self._waiting)])
        self._cells, at = np.unique(cells, return_inverse=True)
        self._places = np.bincount(at, places, len(self._cells)).astype(np.float64)
        self._waiting, self._count = [], 0


def _places(distances: NDArray[np.float64], relevant: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much of the first R places each item takes, [rows, width]: 1 or 0 but for ties over the cut."""
    width = distances.shape[1]
    starts = np.ones(distances.shape, bool)
    np.not_equal(distances[:, 1:], distances[:, :-1], out=starts[:, 1:])
    first = np.flatnonzero(starts)
    size = np.diff(first, append=distances.size)
    filled = np.clip(relevant[first // width] - first % width, 0, size)
    places = np.repeat(filled / size, size).reshape(distances.shape)
    return np.where(distances < np.inf, places, 0.0)

"""Which samples hang together, of links that come a few at a time and are not kept."""

import numpy as np
from numpy.typing import NDArray


class Groups:
    """Samples that links join, directly or by way of others; memory grows with the samples, not with the links.

    Args:
        count: how many samples.

    Example:
        >>> groups = Groups(5)
        >>> groups.join(np.array([4, 1]), np.array([1, 3]))
        >>> groups.first().tolist()
        [0, 1, 2, 1, 1]
    """

    def __init__(self, count: int) -> None:
        self._first = np.arange(count)
        self._waiting: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self._links = 0

    def join(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> None:
        """Link samples `left` and `right`, [links] each."""
        self._waiting.append((left, right))
        self._links += len(left)
        # Joining looks at all samples, so that it is done when there are as many links.
        if self._links > len(self._first):
            self._join()

    def first(self) -> NDArray[np.int64]:
        """The first sample of each sample's group, int64 [count]."""
        self._join()
        return self._first

    def _join(self) -> None:
        first = self._first
        for left, right in self._waiting:
            while True:
                a, b = first[left], first[right]
                apart = np.flatnonzero(a != b)
                if not len(apart):
                    break
                low, high = np.minimum(a[apart], b[apart]), np.maximum(a[apart], b[apart])
                np.minimum.at(first, high, low)
                while (further := first[first]).tobytes() != first.tobytes():
                    first = further
                first = further
        self._first = first
        self._waiting, self._links = [], 0

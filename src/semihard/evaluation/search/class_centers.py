"""Which classes are near to each other: those whose embeddings have neighbouring means."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import whole_number
from semihard._core.embeddings import checked_embeddings
from semihard._core.labels import encode_labels
from semihard.evaluation.search.neighbors import nearest_neighbors

# Numbers of embeddings that are summed at a time.
_AT_ONCE = 2**20


def nearest_classes(embeddings: Any, labels: Any, k: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the k nearest other classes of each class, by the Euclidean distance of their means, exactly.

    What `BatchPlan.set_nearest_classes` takes, of the plan's own class numbers: `nearest_classes(found, plan.codes)`.
    It takes the square of the number of classes in time, and of memory what the means and k neighbours of each need.

    Args:
        embeddings: real [n, dim].
        labels: [n], of any kind.
        k: how many.

    Returns:
        Distances, float64 [classes, k], ascending, and class numbers, int32 [classes, k], as `encode_labels` gives them
        for these labels. Ties stand in the order of the numbers. Where there are fewer than k other classes the rest is
        infinity and −1.

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim], labels of another length or that are
            missing, or a k that is no whole number above 0.

    Example:
        >>> distances, classes = nearest_classes([[0.0], [2.0], [4.0], [9.0]], ["a", "a", "b", "c"], k=1)
        >>> distances[:, 0].tolist(), classes[:, 0].tolist()
        ([3.0, 3.0, 5.0], [1, 0, 1])
    """
    array = checked_embeddings("embeddings", embeddings)
    codes, classes = encode_labels(labels)
    if len(codes) != len(array):
        raise ValueError(f"Expected one label an embedding. Received: {len(array)} embeddings, {len(codes)} labels.")
    centers = ClassCenters(len(classes))
    step = max(1, _AT_ONCE // array.shape[1])
    for start in range(0, len(array), step):
        centers.add(array[start : start + step], codes[start : start + step])
    return centers.nearest(k)


class ClassCenters:
    """The means of classes whose embeddings come a few at a time, so that never more than these are in memory.

    Args:
        classes: how many there are, numbered from 0.

    Example:
        >>> centers = ClassCenters(3)
        >>> centers.add([[0.0], [4.0]], [0, 1])
        >>> centers.add([[2.0], [9.0]], [0, 2])
        >>> centers.nearest(1)[1][:, 0].tolist()
        [1, 0, 1]
    """

    def __init__(self, classes: int) -> None:
        self._counts = np.zeros(whole_number("classes", classes, 1), np.int64)
        self._sums: NDArray[np.float64] | None = None

    def add(self, embeddings: Any, codes: Any) -> None:
        """Take in embeddings [n, dim] of the classes of these numbers [n]; raise as `nearest_classes`."""
        array = checked_embeddings("embeddings", embeddings).astype(np.float64)
        numbers = np.asarray(codes)
        if self._sums is None:
            self._sums = np.zeros((len(self._counts), array.shape[1]))
        order = np.argsort(numbers, kind="stable")
        own, first, counts = np.unique(numbers[order], return_index=True, return_counts=True)
        self._sums[own] += np.add.reduceat(array[order], first, axis=0)
        self._counts[own] += counts

    def nearest(self, k: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """As `nearest_classes`, of what has come so far; raise `ValueError` if a class has nothing."""
        missing = np.flatnonzero(self._counts == 0)
        if self._sums is None or len(missing):
            raise ValueError(f"Expected embeddings of every class. Received: none of {len(missing)}, as {missing[0]}.")
        # Halving the precision halves the time; where it matters, neighbours are measured again.
        centers = (self._sums / self._counts[:, None]).astype(np.float32)
        distances, numbers = nearest_neighbors(centers, k=k)
        return distances, numbers.astype(np.int32)

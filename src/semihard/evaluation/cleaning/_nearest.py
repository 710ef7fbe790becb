"""The nearest duplicate of each sample, kept while pairs come a few at a time."""

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.cleaning._links import Links


def keep_nearest(nearest: NDArray[np.int64], distances: NDArray[np.float64], found: Links) -> None:
    """Write the nearest of what was found into `nearest` and `distances` [n], where that is nearer than before."""
    order = np.lexsort((found.right, found.distances, found.left))
    left, right, apart = (values[order] for values in found)
    first = np.ones(len(left), bool)
    first[1:] = left[1:] != left[:-1]
    left, right, apart = left[first], right[first], apart[first]
    nearer = (apart < distances[left]) | ((apart == distances[left]) & (right < nearest[left]))
    nearest[left[nearer]], distances[left[nearer]] = right[nearer], apart[nearer]


def link_copies(firsts: NDArray[np.int64], nearest: NDArray[np.int64], distances: NDArray[np.float64]) -> None:
    """Make each exact copy the nearest of another: the first one of all others, and the second of the first."""
    order = np.argsort(firsts, kind="stable")
    starts = np.ones(len(order), bool)
    starts[1:] = firsts[order[1:]] != firsts[order[:-1]]
    nearest[order[~starts]] = firsts[order[~starts]]
    second = np.flatnonzero(starts[:-1] & ~starts[1:]) + 1
    nearest[order[second - 1]] = order[second]
    distances[order[~starts]] = distances[order[second - 1]] = 0.0

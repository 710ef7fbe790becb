"""One list of nearest items a query, from the lists of several parts of a gallery."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Nearest(NamedTuple):
    """The nearest items of some queries, in no order.

    Attributes:
        squared: float64 [rows, width], exact; infinite where nothing is listed.
        items: int64 [rows, width].
    """

    squared: NDArray[np.float64]
    items: NDArray[np.int64]


def merge(parts: Sequence[Nearest], depths: NDArray[np.int64]) -> Nearest:
    """Merge what was found in parts that have no item in common, whatever their order.

    Args:
        parts: of the same queries [rows, width of the part]; each part holds as many of its items as a query wants, or
            all that it has, and all that tie with the last of these.
        depths: int64 [rows], how many neighbours each query wants, at least 1.

    Returns:
        `Nearest`, ordered by distance and then by item. A row holds as many as it wants, or all that there are, and
        all that tie with the last of these.

    Example:
        >>> one = Nearest(np.array([[1.0, 4.0]]), np.array([[7, 2]]))
        >>> two = Nearest(np.array([[4.0, 4.0]]), np.array([[5, 1]]))
        >>> merge([one, two], np.array([2])).items.tolist()
        [[7, 1, 2, 5]]
    """
    squared, items = (np.concatenate(arrays, axis=1) for arrays in zip(*parts, strict=True))
    order = np.argsort(squared, axis=1)
    squared, items = np.take_along_axis(squared, order, axis=1), np.take_along_axis(items, order, axis=1)
    order_ties(squared, items)
    wanted = nearest_of(squared, depths)
    width = int(np.count_nonzero(wanted, axis=1).max(initial=0))
    wanted, squared, items = wanted[:, :width], squared[:, :width], items[:, :width]
    return Nearest(np.where(wanted, squared, np.inf), np.where(wanted, items, -1))


def order_ties(squared: NDArray[np.float64], items: NDArray[np.int64]) -> None:
    """Bring items [rows, width] that are equally far, in ascending `squared`, into their own order, in place."""
    tied = np.flatnonzero((squared[:, 1:] == squared[:, :-1]).any(axis=1))
    if len(tied):
        order = np.lexsort((items[tied], squared[tied]))
        items[tied] = np.take_along_axis(items[tied], order, axis=1)


def nearest_of(squared: NDArray[np.float64], depths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of ascending distances [rows, width] are among the `depths` [rows] first, or tie with the last of them."""
    if not squared.shape[1]:
        return np.zeros(squared.shape, bool)
    last = np.take_along_axis(squared, np.minimum(depths, squared.shape[1])[:, None] - 1, axis=1)
    return (squared <= last) & np.isfinite(squared)

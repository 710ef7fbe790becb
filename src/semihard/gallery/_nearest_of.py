"""The tie rule: which candidates are nearest, measured from their own vectors, whoever found them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.search.exact import pair_squared_distances

Found = tuple[NDArray[np.float64], NDArray[np.int64]]


def nearest_of(squared: NDArray[np.float64], items: NDArray[np.int64], k: int) -> Found:
    """Return the k nearest of candidates, those equally near in the order of the gallery.

    Args:
        squared: float64 [queries, candidates], exact; infinite where there is none.
        items: int64 [queries, candidates], numbers in the order of the gallery.
        k: how many.

    Example:
        >>> nearest_of(np.array([[4.0, 1.0, 1.0]]), np.array([[0, 2, 1]]), 2)[1].tolist()
        [[1, 2]]
    """
    order = np.lexsort((items, squared))[:, :k]
    return np.take_along_axis(squared, order, axis=1), np.take_along_axis(items, order, axis=1)


def measured(
    queries: NDArray[Any], vectors: NDArray[Any], rows: NDArray[np.int64], items: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Measure candidates that came one a row, in any order.

    Args:
        queries: real [queries, dim].
        vectors: real [candidates, dim].
        rows: int64 [candidates], whose candidate each is.
        items: int64 [candidates], their numbers in the gallery.

    Returns:
        As `nearest_of` takes them: squared distances and items, [queries, most candidates], and how many each query
        has, int64 [queries].

    Example:
        >>> measured(np.zeros((2, 1)), np.array([[3.0], [2.0]]), np.array([1, 1]), np.array([7, 8]))
        (array([[inf, inf],
               [ 9.,  4.]]), array([[-1, -1],
               [ 7,  8]]), array([0, 2]))
    """
    counts = np.bincount(rows, minlength=len(queries))
    squared = np.full((len(queries), int(counts.max(initial=0))), np.inf)
    placed = np.full(squared.shape, -1, np.int64)
    order = np.argsort(rows, kind="stable")
    column = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    squared[rows[order], column] = pair_squared_distances(queries, vectors, rows[order], order)
    placed[rows[order], column] = items[order]
    return squared, placed, counts


def share_found(squared: NDArray[np.float64], full: NDArray[np.bool_], farthest: NDArray[np.float64], k: int) -> float:
    """The recall of an index: the share of the k nearest that are among its candidates; equally near ones count.

    Args:
        squared: float64 [queries, candidates], as of `measured`.
        full: bool [queries], which queries have as many candidates as were asked for; others are searched exactly.
        farthest: float64 [queries], the distance of the k-th nearest.
        k: how many neighbors.

    Example:
        >>> share_found(np.array([[1.0, 4.0], [0.0, 9.0]]), np.array([True, True]), np.array([2.0, 1.0]), 2)
        0.75
    """
    hits = (np.sqrt(squared) <= farthest[:, None]).sum(axis=1)
    return float(np.where(full, np.minimum(hits, k), k).mean() / k)

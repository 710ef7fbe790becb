"""Who each query is, how near, and who else it might be."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.search import PreparedGallery, nearest_neighbors

# Neighbours held at a time while looking for another identity, and how many are looked at first.
_AT_ONCE, _FIRST = 2**22, 8


class Matches(NamedTuple):
    """What `Calibration.match` found, [queries] each.

    Attributes:
        labels: object, the label of the nearest gallery item; None for "unknown", where it is beyond the threshold.
        nearest: object, the same whatever the distance.
        distances: float64, to that item.
        runners_up: object, the label of the nearest item of any other label; None where the gallery has one label only.
        runner_up_distances: float64, to that one; infinite where there is none.

    A runner-up within the threshold, or hardly farther than the nearest, is a reason to doubt.
    """

    labels: NDArray[np.object_]
    nearest: NDArray[np.object_]
    distances: NDArray[np.float64]
    runners_up: NDArray[np.object_]
    runner_up_distances: NDArray[np.float64]


def find_matches(
    queries: NDArray[Any],
    gallery: NDArray[Any] | PreparedGallery,
    labels: NDArray[np.object_],
    codes: NDArray[np.int64],
    reach: float,
    nearest: Callable[..., tuple[NDArray[np.float64], NDArray[np.int64]]] | None = None,
) -> Matches:
    """Search the nearest item of each query, and the nearest of another label.

    Args:
        queries, gallery: checked embeddings [n, dim]; the gallery may be prepared.
        labels, codes: of the gallery, equal codes for equal labels.
        reach: distance up to which a query is known.
        nearest: what is called with queries and `k` instead of `nearest_neighbors` in the gallery.

    Example:
        >>> labels = np.array(["ann", "bob"], object)
        >>> found = find_matches(np.array([[0.0]]), np.array([[3.0], [1.0]]), labels, np.array([0, 1]), 2.0)
        >>> found.labels.tolist(), found.distances.tolist(), found.runners_up.tolist()
        (['bob'], [1.0], ['ann'])
    """
    gallery = gallery if isinstance(gallery, PreparedGallery) else PreparedGallery(gallery)
    search = partial(nearest_neighbors, gallery=gallery) if nearest is None else nearest
    several = bool((codes != codes[0]).any())
    distances, farther = np.empty(len(queries)), np.full(len(queries), np.inf)
    items, others = np.empty(len(queries), np.int64), np.full(len(queries), None, object)
    todo, depth = np.arange(len(queries)), 0
    # The nearest items of a query are often of one label: look deeper for those, until another is found.
    while len(todo):
        depth = min(max(8 * depth, _FIRST if several else 1), len(gallery))
        step, left = max(1, _AT_ONCE // depth), []
        for start in range(0, len(todo), step):
            rows = todo[start : start + step]
            ranked, found = search(queries[rows], k=depth)
            # Of an approximate search the nearest may be another when it looks deeper: a nearer one.
            distances[rows], items[rows] = ranked[:, 0], found[:, 0]
            other = codes[found] != codes[found[:, :1]]
            some, column = other.any(axis=1), other.argmax(axis=1)
            others[rows[some]] = labels[found[some, column[some]]]
            farther[rows[some]] = ranked[some, column[some]]
            left.append(rows[~some])
        todo = np.concatenate(left) if several else todo[:0]
    closest = labels[items]
    names = closest.copy()
    names[distances > reach] = None
    return Matches(names, closest, distances, others, farther)

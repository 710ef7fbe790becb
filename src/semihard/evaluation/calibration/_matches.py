"""Who each query is, how near, and who else it might be."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.search import PreparedGallery, nearest_neighbors

# Neighbours held at a time while looking for another identity, how many are looked at first, and how many at most where
# there is another way.
_AT_ONCE, _FIRST, _DEEP = 2**22, 8, 512

# Distances float64, labels object, and codes int64 of the nearest items, [queries, k] each.
Near = tuple[NDArray[np.float64], NDArray[np.object_], NDArray[np.int64]]


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
) -> Matches:
    """Search the nearest item of each query, and the nearest of another label.

    Args:
        queries, gallery: checked embeddings [n, dim]; the gallery may be prepared.
        labels, codes: of the gallery, equal codes for equal labels.
        reach: distance up to which a query is known.

    Example:
        >>> labels = np.array(["ann", "bob"], object)
        >>> found = find_matches(np.array([[0.0]]), np.array([[3.0], [1.0]]), labels, np.array([0, 1]), 2.0)
        >>> found.labels.tolist(), found.distances.tolist(), found.runners_up.tolist()
        (['bob'], [1.0], ['ann'])
    """
    gallery = gallery if isinstance(gallery, PreparedGallery) else PreparedGallery(gallery)

    def nearest(rows: NDArray[Any], k: int) -> Near:
        distances, items = nearest_neighbors(rows, gallery, k=k)
        return distances, labels[items], codes[items]

    return matches_among(queries, nearest, len(gallery), bool((codes != codes[0]).any()), reach)


def matches_among(
    queries: NDArray[Any],
    nearest: Callable[[NDArray[Any], int], Near],
    count: int,
    several: bool,
    reach: float,
    other: Callable[[NDArray[Any], NDArray[np.object_]], tuple[NDArray[np.float64], NDArray[np.object_]]] | None = None,
) -> Matches:
    """Do what `find_matches` does wherever the items are: among those that a function finds.

    Args:
        queries: checked embeddings [n, dim].
        nearest: called with some queries and k ≤ `count`; gives of the k nearest items the distances, labels and codes
            (equal for equal labels, within one call), [queries, k] each.
        count: how many items there are, at least one.
        several: whether they have more than one label.
        reach: distance up to which a query is known.
        other: called with queries and labels [n]; gives of each the distance and the label of the nearest item of any
            other label, or infinity and None. Asked where hundreds of nearest items are all of one label; by default
            `nearest` is asked for ever more.

    Example:
        >>> def nearest(queries, k):
        ...     found = np.full((len(queries), k), 2.0)
        ...     return found, np.full(found.shape, "ann", object), found.astype(int)
        >>> matches_among(np.array([[0.0]]), nearest, 1, False, 2.0).labels.tolist()
        ['ann']
    """
    distances, farther = np.empty(len(queries)), np.full(len(queries), np.inf)
    closest, others = np.full(len(queries), None, object), np.full(len(queries), None, object)
    todo, depth = np.arange(len(queries)), 0
    # The nearest items of a query are often of one label: look deeper for those, until another is found.
    while len(todo):
        depth = min(max(8 * depth, _FIRST if several else 1), count)
        step, left = max(1, _AT_ONCE // depth), []
        for start in range(0, len(todo), step):
            rows = todo[start : start + step]
            ranked, labels, codes = nearest(queries[rows], depth)
            # Of an approximate search the nearest may be another when it looks deeper: a nearer one.
            distances[rows], closest[rows] = ranked[:, 0], labels[:, 0]
            unlike = codes != codes[:, :1]
            some, column = unlike.any(axis=1), unlike.argmax(axis=1)
            others[rows[some]] = labels[some, column[some]]
            farther[rows[some]] = ranked[some, column[some]]
            left.append(rows[~some])
        todo = np.concatenate(left) if several else todo[:0]
        if other is not None and len(todo) and depth >= _DEEP:
            farther[todo], others[todo] = other(queries[todo], closest[todo])
            break
    names = closest.copy()
    names[distances > reach] = None
    return Matches(names, closest, distances, others, farther)

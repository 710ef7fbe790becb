"""All pairs within a distance, a few at a time, by searching the nearest neighbors ever deeper where they are near."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.search import PreparedGallery, nearest_neighbors

# Neighbors that are looked at first, and bytes that one in a list may take at work.
DEPTH, ENTRY = 8, 64


class Links(NamedTuple):
    """Pairs of samples that are near, [links] each.

    Attributes:
        left, right: int64, places.
        distances: float64.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    distances: NDArray[np.float64]


def links(
    points: NDArray[Any],
    queries: NDArray[np.int64],
    others: NDArray[np.int64],
    threshold: float,
    *,
    enough: Callable[[], bool],
    memory: int,
    progress: Callable[[int], object],
) -> Iterator[Links]:
    """Yield every pair of a query and another sample within a distance; a pair may come more than once.

    Args:
        points: real [n, dim], from `checked_embeddings`.
        queries, others: int64, places in it, either the same ones or without a common one.
        threshold: the distance.
        enough: asked before each search that goes deeper, whether what it would find is known already.
        memory: bytes for a search, and about as many for what is yielded.
        progress: called with how many queries have been searched.

    Example:
        >>> points, places = np.array([[0.0], [1.0], [9.0]]), np.arange(3)
        >>> found = links(points, places, places, 2.0, enough=lambda: False, memory=2**20, progress=print)
        >>> [(link.left.tolist(), link.right.tolist()) for link in found]
        3
        [([0, 1], [1, 0])]
    """
    alone = queries is others
    gallery = PreparedGallery(points[others])
    depth, rows, done = DEPTH, np.arange(len(queries)), 0
    while len(rows):
        left = []
        step = max(1, memory // (ENTRY * depth))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            exclude = (np.arange(len(some)), some) if alone else None
            distances, items = nearest_neighbors(
                points[queries[some]], gallery, k=depth, exclude=exclude, memory=memory
            )
            near = distances <= threshold
            row, place = np.nonzero(near)
            yield Links(queries[some[row]], others[items[row, place]], distances[row, place])
            left.append(some[near[:, -1]])
            if depth == DEPTH:
                done += len(some)
                progress(done)
        rows = np.concatenate(left)
        if depth >= len(others) or enough():
            return
        depth = min(8 * depth, len(others))

"""The k nearest gallery items of each query, as two arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._checks import whole_number
from semihard._core.embeddings import checked_embeddings
from semihard.retrieval._settle import pair_squared_distances
from semihard.retrieval.search import neighbour_blocks


def nearest_neighbours(
    queries: Any,
    gallery: Any = None,
    *,
    k: int,
    exclude: tuple[Any, Any] | None = None,
    memory: int = 2**25,
    progress: Callable[[int, int], object] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the k nearest gallery items of each query by Euclidean distance, exactly.

    Args:
        queries: real [queries, dim].
        gallery: real [gallery, dim]; by default the queries, where each query is kept from finding itself.
        k: how many neighbours.
        exclude: pairs (query, gallery item) that do not count as neighbours, as `self_matches` gives them. By
            default each query itself where there is no gallery, else none.
        memory: bytes for the blocks, beside the data and one float64 copy of it.
        progress: called with (queries done, all queries).

    Returns:
        Distances, float64 [queries, k], ascending, and gallery positions, int64 [queries, k]. Ties stand in the order
        of the gallery. Where fewer than k items are left, the rest is infinity and −1.

    Raises:
        TypeError, ValueError: as `neighbour_blocks`.

    Example:
        >>> from semihard.retrieval import nearest_neighbours
        >>> distances, items = nearest_neighbours([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]], k=1)
        >>> distances[:, 0].tolist(), items[:, 0].tolist()
        ([5.0, 1.0, 1.0], [1, 2, 1])
    """
    k = whole_number("k", k, 1)
    queries = checked_embeddings("queries", queries)
    targets = queries if gallery is None else checked_embeddings("gallery", gallery)
    distances = np.full((len(queries), k), np.inf)
    items = np.full((len(queries), k), -1, np.int64)
    done = 0
    for block in neighbour_blocks(queries, gallery, depth=k, exclude=exclude, memory=memory):
        order = np.lexsort((block.items, block.squared_distances))[:, :k]
        found = np.take_along_axis(block.items, order, axis=1)
        left = np.isfinite(np.take_along_axis(block.squared_distances, order, axis=1))
        row, column = np.nonzero(left)
        query, item = block.rows[row], found[row, column]
        distances[query, column] = np.sqrt(pair_squared_distances(queries, targets, query, item))
        items[query, column] = item
        done += len(block.rows)
        if progress is not None:
            progress(done, len(queries))
    return distances, items

"""Which gallery items are the query itself."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def self_matches(query_ids: Any, gallery_ids: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List every (query, gallery item) pair with the same id, ordered by query.

    Args:
        query_ids: [queries], any dtype that NumPy can order.
        gallery_ids: [gallery], ids of the same kind; an id may occur more than once.

    Returns:
        Two int64 arrays [pairs]: query positions and gallery positions.

    Raises:
        ValueError: if an argument is not one-dimensional.
        TypeError: if the ids of the two sides cannot be compared.

    Example:
        >>> from semihard.retrieval import self_matches
        >>> queries, items = self_matches(["b", "x"], ["a", "b", "b"])
        >>> queries.tolist(), items.tolist()
        ([0, 0], [1, 2])
    """
    queries, gallery = np.asarray(query_ids), np.asarray(gallery_ids)
    for name, ids in (("query_ids", queries), ("gallery_ids", gallery)):
        if ids.ndim != 1:
            raise ValueError(f"Expected `{name}` to be one-dimensional. Received shape {ids.shape}.")
    if (queries.dtype.kind in "US") != (gallery.dtype.kind in "US") and "O" not in (
        queries.dtype.kind,
        gallery.dtype.kind,
    ):
        raise TypeError(
            f"Expected the ids of queries and gallery to be of one kind. Received {queries.dtype} and {gallery.dtype}. "
            f"Convert one of them."
        )
    if {queries.dtype, gallery.dtype} & {np.dtype(np.uint64)} and queries.dtype != gallery.dtype:
        # NumPy would compare uint64 with int64 as float64, where 2^53 equals 2^53 + 1.
        queries, gallery = queries.astype(object), gallery.astype(object)
    order = np.argsort(gallery, kind="stable")
    ordered = gallery[order]
    first = np.searchsorted(ordered, queries, side="left")
    counts = np.searchsorted(ordered, queries, side="right") - first
    query = np.repeat(np.arange(len(queries)), counts)
    within = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
    return query, order[np.repeat(first, counts) + within]

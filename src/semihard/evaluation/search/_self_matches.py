"""Which gallery items are the query itself."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.labels import label_array, label_codes


def self_matches(query_ids: Any, gallery_ids: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List every (query, gallery item) pair with the same id, ordered by query.

    Args:
        query_ids: [queries], anything that counts as labels.
        gallery_ids: [gallery], ids of the same kind; an id may occur more than once.

    Returns:
        Two int64 arrays [pairs]: query positions and gallery positions.

    Raises:
        ValueError: if an argument is not one-dimensional, or an id is missing.
        TypeError: if the ids of the two sides cannot be compared.

    Example:
        >>> from semihard.evaluation import self_matches
        >>> queries, items = self_matches(["b", "x"], ["a", "b", "b"])
        >>> queries.tolist(), items.tolist()
        ([0, 0], [1, 2])
    """
    queries, gallery = label_codes(label_array("query_ids", query_ids), label_array("gallery_ids", gallery_ids))
    order = np.argsort(gallery, kind="stable")
    ordered = gallery[order]
    first = np.searchsorted(ordered, queries, side="left")
    counts = np.searchsorted(ordered, queries, side="right") - first
    query = np.repeat(np.arange(len(queries)), counts)
    within = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
    return query, order[np.repeat(first, counts) + within]

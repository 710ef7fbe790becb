"""Ranked lists as groups of tied items: all that a retrieval metric needs to know."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class TieGroups(NamedTuple):
    """The groups of equally distant items that hold a relevant item, over all queries.

    Groups without a relevant item add nothing to any metric and are left out; their items are counted in `before`.

    Attributes:
        query: int64 [groups], ascending; within a query the nearest group first.
        before: int64 [groups], items strictly nearer.
        size: int64 [groups], items in the group.
        hits_before: int64 [groups], relevant items strictly nearer.
        hits: int64 [groups], relevant items in the group, at least 1.
        relevant: int64 [queries], R, all relevant items of each query, also those beyond the ranks listed.
    """

    query: NDArray[np.int64]
    before: NDArray[np.int64]
    size: NDArray[np.int64]
    hits_before: NDArray[np.int64]
    hits: NDArray[np.int64]
    relevant: NDArray[np.int64]

    def sum_by_query(self, values: NDArray[np.float64], part: Any = slice(None)) -> NDArray[np.float64]:
        """Add up one value a group, or a group in `part`, to one a query; NaN for queries without a relevant item."""
        sums = np.bincount(self.query[part], values, minlength=len(self.relevant)).astype(np.float64)
        sums[self.relevant == 0] = np.nan
        return sums


def tie_groups(distances: Any, relevant: Any, total: Any = None) -> TieGroups:
    """Group each query's gallery items by exactly equal distance.

    Args:
        distances: real [queries, items], in any order; infinite for items that do not count, such as the query itself.
        relevant: bool [queries, items].
        total: int [queries], R; by default the relevant items listed. Give it where the list is cut off. It must then
            reach up to rank R (or k, if that is larger) and hold all items tied with the last of these.

    Returns:
        `TieGroups`.

    Raises:
        ValueError: if shapes differ or are empty, or a distance is NaN.
        TypeError: if `relevant` is not bool.

    Example:
        >>> from semihard.evaluation import tie_groups
        >>> groups = tie_groups([[0.1, 0.3, 0.3, 0.5]], [[False, True, False, True]])
        >>> groups.before.tolist(), groups.size.tolist(), groups.hits.tolist()
        ([1, 3], [2, 1], [1, 1])
    """
    distances, relevant = np.asarray(distances), np.asarray(relevant)
    if distances.ndim != 2 or distances.shape != relevant.shape:
        raise ValueError(
            f"Expected `distances` and `relevant` to be [queries, items] alike. "
            f"Received shapes {distances.shape} and {relevant.shape}."
        )
    if 0 in distances.shape:
        raise ValueError(f"Expected at least one query and one item. Received shape {distances.shape}.")
    if relevant.dtype != np.bool_:
        raise TypeError(f"Expected `relevant` to be bool. Received {relevant.dtype}. Compare labels to obtain it.")
    if np.isnan(distances).any():
        raise ValueError("Expected `distances` without NaN. Look for NaN among the embeddings.")
    if (distances[:, 1:] < distances[:, :-1]).any():
        order = np.argsort(distances, axis=1)
        distances = np.take_along_axis(distances, order, axis=1)
        relevant = np.take_along_axis(relevant, order, axis=1)
    relevant = relevant & (distances < np.inf)
    listed = np.count_nonzero(relevant, axis=1)
    total = listed if total is None else np.asarray(total)
    if total.shape != listed.shape or (total < listed).any():
        raise ValueError(
            f"Expected `total` to be [queries] and at least the number of relevant items listed. "
            f"Received shape {total.shape} for {len(listed)} queries."
        )

    starts = np.ones(distances.shape, bool)
    np.not_equal(distances[:, 1:], distances[:, :-1], out=starts[:, 1:])
    first = np.flatnonzero(starts)
    size = np.diff(first, append=distances.size)
    hits = np.add.reduceat(relevant.ravel(), first, dtype=np.int64)
    keep = np.flatnonzero(hits)
    first, size, hits = first[keep], size[keep], hits[keep]
    query = first // distances.shape[1]
    earlier_queries = np.cumsum(listed) - listed
    hits_before = np.cumsum(hits) - hits - earlier_queries[query]
    return TieGroups(query, first % distances.shape[1], size, hits_before, hits, total.astype(np.int64))

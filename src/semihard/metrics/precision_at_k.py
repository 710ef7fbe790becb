"""Precision@k: which share of the k nearest is relevant?"""

import numpy as np
from numpy.typing import NDArray

from semihard._checks import whole_number
from semihard.metrics.tie_groups import TieGroups


def precision_at_k(groups: TieGroups, k: int) -> NDArray[np.float64]:
    """Return for each query the share of relevant items among its k nearest; where fewer exist, they are still k.

    Ties stand in every order equally often: a group that fills m of the first k ranks with its `size` items, `hits` of
    them relevant, is expected to bring hits · m / size of them.

    Args:
        groups: `TieGroups`, up to rank k at least.
        k: number of neighbours looked at.

    Returns:
        float64 [queries] in [0, 1]; NaN for queries without a relevant item.

    Raises:
        TypeError, ValueError: if `k` is not a whole number of at least 1.

    Source:
        Manning, Raghavan, Schütze 2008, "Introduction to Information Retrieval", §8.4.

    Example:
        >>> from semihard.metrics import precision_at_k, tie_groups
        >>> groups = tie_groups([[0.1, 0.3, 0.3, 0.5]], [[False, True, False, True]])
        >>> [precision_at_k(groups, k).item() for k in (1, 2, 4)]
        [0.0, 0.25, 0.5]
    """
    k = whole_number("k", k, 1)
    inside = np.flatnonzero(groups.before < k)
    size = groups.size[inside]
    filled = np.minimum(k - groups.before[inside], size)
    return groups.sum_by_query(groups.hits[inside] * filled / size, inside) / k

"""Recall@k: is anything relevant among the k nearest?"""

import numpy as np
from numpy.typing import NDArray

from semihard._checks import whole_number
from semihard.metrics.tie_groups import TieGroups


def recall_at_k(groups: TieGroups, k: int) -> NDArray[np.float64]:
    """Return for each query the probability that a relevant item is among its k nearest (= CMC@k, hit rate).

    Ties stand in every order equally often. Let the nearest group with a relevant item have `size` items, `hits` of
    them relevant, after `before` others: then m = k − before of its items are among the first k, and none of these
    is relevant with probability C(size − hits, m) / C(size, m) = Π_{t<m} (size − hits − t) / (size − t).
    Without ties the value is 1 or 0.

    Args:
        groups: `TieGroups`, up to rank k at least.
        k: number of neighbours looked at.

    Returns:
        float64 [queries] in [0, 1]; NaN for queries without a relevant item.

    Raises:
        TypeError, ValueError: if `k` is not a whole number of at least 1.

    Source:
        Jégou, Douze, Schmid 2011 and Song et al. 2016 ("Deep metric learning via lifted structured feature embedding").

    Example:
        >>> from semihard.metrics import recall_at_k, tie_groups
        >>> groups = tie_groups([[0.1, 0.3, 0.3, 0.5]], [[False, True, False, True]])
        >>> [recall_at_k(groups, k).item() for k in (1, 2, 3)]
        [0.0, 0.5, 1.0]
    """
    k = whole_number("k", k, 1)
    inside = np.flatnonzero((groups.hits_before == 0) & (groups.before < k))
    size, hits = groups.size[inside], groups.hits[inside]
    drawn = np.minimum(k - groups.before[inside], size)
    missed = np.ones(len(inside))
    # Every further draw would only multiply by 0 once the irrelevant items are used up.
    draws = int(np.minimum(drawn, size - hits + 1).max(initial=0))
    for t in range(draws):
        missed *= np.where(t < drawn, np.maximum(size - hits - t, 0) / np.maximum(size - t, 1), 1.0)
    return groups.sum_by_query(1.0 - missed, inside)

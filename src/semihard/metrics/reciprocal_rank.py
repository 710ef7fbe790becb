"""Reciprocal rank: how far down is the first relevant item? Its mean over queries is MRR."""

import numpy as np
from numpy.typing import NDArray

from semihard.metrics.tie_groups import TieGroups


def reciprocal_rank(groups: TieGroups, depth: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Return for each query 1 / (rank of its nearest relevant item).

    Ties stand in every order equally often. Of a group of s items after a others, with h relevant ones, the first
    relevant stands at place x with probability p₁ = h / s, pₓ₊₁ = pₓ · (s − x − h + 1) / (s − x), and the value is
    Σ pₓ / (a + x).

    Args:
        groups: `TieGroups`.
        depth: int [queries], the rank up to which each list is whole, with all items tied with its last. What is listed
            beyond may lack some of a tie, and is not looked at. By default lists are whole.

    Returns:
        float64 [queries] in [0, 1]; NaN for queries without a relevant item, 0 where none is found in the list.

    Source:
        Voorhees 1999, "The TREC-8 Question Answering Track Report", §2.

    Example:
        The nearest relevant item is at rank 2 or 3 with equal chances: (1/2 + 1/3) / 2.

        >>> from semihard.metrics import reciprocal_rank, tie_groups
        >>> round(reciprocal_rank(tie_groups([[0.1, 0.3, 0.3]], [[False, True, False]])).item(), 4)
        0.4167
    """
    whole = True if depth is None else groups.before < depth[groups.query]
    first = np.flatnonzero((groups.hits_before == 0) & whole)
    before, size, hits = groups.before[first], groups.size[first], groups.hits[first]
    values = np.zeros(len(first))
    chance = hits / size
    place = 1
    open_ = np.arange(len(first))
    while len(open_):
        values[open_] += chance / (before[open_] + place)
        left = np.maximum(size[open_] - place - hits[open_] + 1, 0)
        chance = chance * left / np.maximum(size[open_] - place, 1)
        more = chance > 0
        open_, chance = open_[more], chance[more]
        place += 1
    return groups.sum_by_query(values, first)

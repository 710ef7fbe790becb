"""Retrieval metrics: each a function of the tie groups of one search, averaged over the orders of what is tied."""

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import whole_number
from semihard.evaluation.retrieval._tie_groups import TieGroups


def average_precision(groups: TieGroups) -> NDArray[np.float64]:
    """Return for each query (1/R) Σ_i P(i) · rel(i) over all ranks; its mean is mAP, as of person re-identification.

    P(i) is the share of relevant items among the i nearest, rel(i) is 1 where the i-th is relevant. Ties stand in every
    order equally often, as in `map_at_r`.

    Args:
        groups: `TieGroups` of whole lists.

    Returns:
        float64 [queries] in [0, 1]; NaN for queries without a relevant item.

    Source:
        Manning, Raghavan, Schütze 2008, "Introduction to Information Retrieval", §8.4; Zheng, Shen, Tian, Wang, Wang,
        Tian 2015, "Scalable Person Re-identification: A Benchmark", §3.3.

    Example:
        One of two relevant items is at rank 2 or 3, with equal chances, the other at rank 4:
        ((1/2 + 1/3) / 2 + 2/4) / 2.

        >>> from semihard.evaluation import average_precision, tie_groups
        >>> average_precision(tie_groups([[0.1, 0.3, 0.3, 0.5]], [[False, True, False, True]])).round(4).tolist()
        [0.4583]
    """
    return _sum_of_precisions(groups, groups.size) / np.maximum(groups.relevant, 1)


def map_at_r(groups: TieGroups) -> NDArray[np.float64]:
    """Return for each query (1/R) Σ_{i≤R} P(i) · rel(i), the average precision at R.

    P(i) is the share of relevant items among the i nearest, rel(i) is 1 where the i-th is relevant. Missing hits count
    as 0: the sum is divided by R, never by the hits found.

    Ties stand in every order equally often. Take a group of s items, h of them relevant, after a others with c
    relevant ones, and its p-th item, at rank i = a + p. It is relevant with probability h/s; given that, each of the
    p − 1 items of the group before it is one of the h − 1 relevant among s − 1 others. Hence

        E[P(i) · rel(i)] = h/s · (c + 1 + (p − 1) · (h − 1)/(s − 1)) / (a + p).

    With q = (h − 1)/(s − 1) (0 for s = 1), p − 1 = (a + p) − (a + 1) and the harmonic numbers H, the sum over the
    group's first m ranks, those up to R, is

        h/s · (q · m + (c + 1 − q · (a + 1)) · (H(a + m) − H(a))).

    Args:
        groups: `TieGroups`, up to rank R at least.

    Returns:
        float64 [queries] in [0, 1]; NaN for queries without a relevant item.

    Source:
        Musgrave, Belongie, Lim 2020, "A metric learning reality check", §3.2. The expectation over tied orders follows
        McSherry, Najork 2008, "Computing information retrieval performance measures efficiently in the presence of
        tied scores".

    Example:
        One of two relevant items is at rank 2 or 3, with equal chances: (1/2 · 1/2 + 1/2 · 0) / 2.

        >>> from semihard.evaluation import map_at_r, tie_groups
        >>> map_at_r(tie_groups([[0.1, 0.3, 0.3, 0.5]], [[False, True, False, True]])).tolist()
        [0.125]
    """
    filled = np.clip(groups.relevant[groups.query] - groups.before, 0, groups.size)
    return _sum_of_precisions(groups, filled) / np.maximum(groups.relevant, 1)


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
        >>> from semihard.evaluation import precision_at_k, tie_groups
        >>> groups = tie_groups([[0.1, 0.3, 0.3, 0.5]], [[False, True, False, True]])
        >>> [precision_at_k(groups, k).item() for k in (1, 2, 4)]
        [0.0, 0.25, 0.5]
    """
    k = whole_number("k", k, 1)
    inside = np.flatnonzero(groups.before < k)
    size = groups.size[inside]
    filled = np.minimum(k - groups.before[inside], size)
    return groups.sum_by_query(groups.hits[inside] * filled / size, inside) / k


def r_precision(groups: TieGroups) -> NDArray[np.float64]:
    """Return for each query the share of relevant items among its R nearest, R being its number of relevant items.

    Ties stand in every order equally often: a group that fills m of the first R ranks with its `size` items, `hits`
    of them relevant, is expected to bring hits · m / size of them.

    Args:
        groups: `TieGroups`, up to rank R at least.

    Returns:
        float64 [queries] in [0, 1]; NaN for queries without a relevant item.

    Source:
        Musgrave, Belongie, Lim 2020, "A metric learning reality check", §3.2.

    Example:
        >>> from semihard.evaluation import r_precision, tie_groups
        >>> r_precision(tie_groups([[0.1, 0.3, 0.3, 0.5]], [[False, True, False, True]])).tolist()
        [0.25]
    """
    total = groups.relevant[groups.query]
    filled = np.clip(total - groups.before, 0, groups.size)
    return groups.sum_by_query(groups.hits * filled / groups.size) / np.maximum(groups.relevant, 1)


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
        >>> from semihard.evaluation import recall_at_k, tie_groups
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

        >>> from semihard.evaluation import reciprocal_rank, tie_groups
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


def _sum_of_precisions(groups: TieGroups, filled: NDArray[np.int64]) -> NDArray[np.float64]:
    """Σ P(i) · rel(i) over the first `filled` [groups] ranks of each group, as `map_at_r` derives it: [queries]."""
    before, size, hits = groups.before, groups.size, groups.hits
    # Groups that begin beyond the last rank fill none and only need an index that exists.
    last = int((before + filled)[filled > 0].max(initial=0))
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, last + 1))])
    start = np.minimum(before, last)
    share = (hits - 1) / np.maximum(size - 1, 1)
    several = share * filled + (groups.hits_before + 1 - share * (before + 1)) * (
        harmonic[start + filled] - harmonic[start]
    )
    # A difference of harmonic numbers carries rounding that a single rank, nearly every group in practice, need not.
    precision = np.where(filled == 1, (groups.hits_before + 1) / (before + 1), several)
    return groups.sum_by_query(np.where(filled > 0, hits * precision / size, 0.0))

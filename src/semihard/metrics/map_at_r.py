"""MAP@R: mean average precision over the R nearest, where R is how many relevant items there are."""

import numpy as np
from numpy.typing import NDArray

from semihard.metrics.tie_groups import TieGroups


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

        >>> from semihard.metrics import map_at_r, tie_groups
        >>> map_at_r(tie_groups([[0.1, 0.3, 0.3, 0.5]], [[False, True, False, True]])).tolist()
        [0.125]
    """
    total = groups.relevant[groups.query]
    before, size, hits = groups.before, groups.size, groups.hits
    filled = np.clip(total - before, 0, size)
    # Up to the largest R; groups that begin beyond it fill no rank and only need an index that exists.
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, groups.relevant.max(initial=0) + 1))])
    start = np.minimum(before, len(harmonic) - 1)
    share = (hits - 1) / np.maximum(size - 1, 1)
    several = share * filled + (groups.hits_before + 1 - share * (before + 1)) * (
        harmonic[start + filled] - harmonic[start]
    )
    # A difference of harmonic numbers carries rounding that a single rank, nearly every group in practice, need not.
    precision = np.where(filled == 1, (groups.hits_before + 1) / (before + 1), several)
    return groups.sum_by_query(np.where(filled > 0, hits * precision / size, 0.0)) / np.maximum(groups.relevant, 1)

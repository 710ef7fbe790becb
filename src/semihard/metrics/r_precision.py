"""R-Precision: the share of relevant items among the R nearest, where R is how many there are."""

import numpy as np
from numpy.typing import NDArray

from semihard.metrics.tie_groups import TieGroups


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
        >>> from semihard.metrics import r_precision, tie_groups
        >>> r_precision(tie_groups([[0.1, 0.3, 0.3, 0.5]], [[False, True, False, True]])).tolist()
        [0.25]
    """
    total = groups.relevant[groups.query]
    filled = np.clip(total - groups.before, 0, groups.size)
    return groups.sum_by_query(groups.hits * filled / groups.size) / np.maximum(groups.relevant, 1)

"""How near two embeddings must be to be called near-duplicates, where nobody says."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Of the usual distance to the nearest neighbor: nothing among 10,000 different digits is so near to another, and a
# picture that was compressed anew nearly always is to itself (docs/benchmarks/cleaning.md).
PART = 0.25
# Samples whose nearest neighbor is looked for, to know what is usual.
LOOKED_AT = 5000


def near_threshold(nearest: NDArray[Any]) -> float:
    """Return a quarter of the median distance to the nearest neighbor, exact copies left out.

    Args:
        nearest: real [n], distances; infinite where there is no neighbor.

    Returns:
        The distance up to which two samples are near-duplicates; 0 where all are exact copies.

    Example:
        >>> near_threshold(np.array([0.0, 1.0, 2.0, 4.0, np.inf]))
        0.5

    Source:
        Relative to the median, as in the data audit of cleanlab, which takes 0.13 of it.
    """
    apart = nearest[(nearest > 0) & np.isfinite(nearest)]
    return PART * float(np.median(apart)) if len(apart) else 0.0


def looked_at(count: int) -> NDArray[np.int64]:
    """The samples of `count` that say what is usual: all, or some that are evenly spread over them."""
    return np.unique(np.linspace(0, count - 1, min(count, LOOKED_AT)).astype(np.int64))

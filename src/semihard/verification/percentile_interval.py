"""From the figures of many resamples to an interval."""

import math

import numpy as np
from numpy.typing import NDArray


def percentile_interval(values: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    """Return the middle part of resampled figures, `confidence` of them.

    Two cases have no interval, and get (NaN, NaN). If all resamples agree, as for a perfect score, resampling cannot
    tell how rare the errors are that were not seen. If fewer than half of them have the figure at all, those that have
    it are no fair sample.

    Args:
        values: float64 [resamples]; NaN where a resample lacked the pairs for the figure.
        confidence: in (0, 1).

    Returns:
        Lower and upper end.

    Source:
        Efron, Tibshirani 1993, "An introduction to the bootstrap", §13.3.

    Example:
        >>> percentile_interval(np.arange(101.0), 0.9)
        (5.0, 95.0)
        >>> percentile_interval(np.ones(101), 0.9)
        (nan, nan)
    """
    known = values[~np.isnan(values)]
    # An infinite threshold minus itself is no spread.
    if 2 * len(known) < len(values) or not len(known) or _spread(known) <= 1e-12 * np.abs(known).max():
        return math.nan, math.nan
    # No interpolation: between a finite and an infinite threshold there is nothing.
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2], method="nearest")
    return float(low), float(high)


def _spread(values: NDArray[np.float64]) -> float:
    low, high = float(values.min()), float(values.max())
    return 0.0 if low == high else high - low

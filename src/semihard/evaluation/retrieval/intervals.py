"""Averages over queries and over classes, with intervals from resampled classes."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation._estimates import Estimate

# Numbers drawn at a time: replicates of classes.
_AT_ONCE = 2**22


class ClassSums(NamedTuple):
    """What averages need to know of each class that has a scored query.

    Attributes:
        sums: metric → float64 [classes], the sum over the class's scored queries.
        counts: int64 [classes], its scored queries.
    """

    sums: dict[str, NDArray[np.float64]]
    counts: NDArray[np.int64]


Averages = dict[str, Estimate]


def averages(classes: ClassSums, *, resamples: int, confidence: float, seed: int) -> tuple[Averages, Averages]:
    """Return the micro average (each query weighs the same) and the macro one (each class) of every metric.

    The interval is the percentile bootstrap over *classes*: queries of one class share its difficulty, and resampling
    queries would make the interval too narrow. It says how the figure would vary with other classes of the same kind,
    searched among the same gallery.

    Args:
        classes: sums and counts.
        resamples: bootstrap replicates; 0 for no intervals.
        confidence: of the intervals, between 0 and 1.
        seed: of the resampling.

    Returns:
        Micro and macro averages, metric → `Estimate` each; NaN without a scored query, and no interval with fewer than
        two classes.

    Source:
        Efron, Tibshirani 1993, "An Introduction to the Bootstrap", §13.3; clusters as units: Field, Welsh 2007,
        "Bootstrapping clustered data".
    """
    counts = classes.counts.astype(np.float64)
    names, count = list(classes.sums), len(counts)
    if not count:
        return {name: Estimate(math.nan) for name in names}, {name: Estimate(math.nan) for name in names}
    if not names:
        return {}, {}
    sums = np.stack([classes.sums[name] for name in names])
    means = sums / counts
    points = [math.fsum(row) / math.fsum(counts) for row in sums], [math.fsum(row) / count for row in means]
    if resamples < 1 or count < 2:
        return _estimates(names, points[0]), _estimates(names, points[1])
    rng = np.random.default_rng(seed)
    micro, macro = np.empty((resamples, len(names))), np.empty((resamples, len(names)))
    step = max(1, _AT_ONCE // count)
    for start in range(0, resamples, step):
        rows = slice(start, min(start + step, resamples))
        drawn = rng.integers(0, count, (rows.stop - rows.start, count))
        offsets = np.arange(len(drawn))[:, None] * count
        weights = np.bincount((drawn + offsets).ravel(), minlength=drawn.size).reshape(drawn.shape).astype(np.float64)
        micro[rows] = (weights @ sums.T) / (weights @ counts)[:, None]
        macro[rows] = (weights @ means.T) / count
    tail = (1 - confidence) / 2
    bounds = [np.quantile(values, [tail, 1 - tail], axis=0).T for values in (micro, macro)]
    return _estimates(names, points[0], bounds[0]), _estimates(names, points[1], bounds[1])


def _estimates(names: list[str], points: list[float], bounds: NDArray[Any] | None = None) -> Averages:
    if bounds is None:
        return {name: Estimate(point) for name, point in zip(names, points, strict=True)}
    return {
        name: Estimate(point, (float(low), float(high)))
        for name, point, (low, high) in zip(names, points, bounds, strict=True)
    }

"""Intervals by resampling identities."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.verification.histograms import PairHistograms


def percentile_interval(values: NDArray[np.float64], confidence: float) -> tuple[float, float] | None:
    """Return the middle part of resampled figures, `confidence` of them.

    Two cases have no interval, and get None. If all resamples agree, as for a perfect score, resampling cannot
    tell how rare the errors are that were not seen. If fewer than half of them have the figure at all, those that have
    it are no fair sample.

    Args:
        values: float64 [resamples]; NaN where a resample lacked the pairs for the figure.
        confidence: in (0, 1).

    Returns:
        Lower and upper end, or None.

    Source:
        Efron, Tibshirani 1993, "An introduction to the bootstrap", §13.3.

    Example:
        >>> percentile_interval(np.arange(101.0), 0.9)
        (5.0, 95.0)
        >>> percentile_interval(np.ones(101), 0.9) is None
        True
    """
    known = values[~np.isnan(values)]
    # An infinite threshold minus itself is no spread.
    if 2 * len(known) < len(values) or not len(known) or _spread(known) <= 1e-12 * np.abs(known).max():
        return None
    # No interpolation: between a finite and an infinite threshold there is nothing.
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2], method="nearest")
    return float(low), float(high)


def _spread(values: NDArray[np.float64]) -> float:
    low, high = float(values.min()), float(values.max())
    return 0.0 if low == high else high - low


Counts = tuple[NDArray[np.float64], NDArray[np.float64]]
# Counts of so many resamples are computed in one matrix product: 4 MB of 4,096 bins.
RESAMPLES_AT_ONCE = 128


def resampled_counts(histograms: PairHistograms, resamples: int, seed: int = 0) -> Iterator[Counts]:
    """Draw the groups of identities with replacement, and yield the counts of genuine and impostor pairs.

    Pairs of an identity are far from independent, so identities are drawn, not pairs. With group i drawn wᵢ times, its
    genuine pairs count wᵢ-fold. An impostor pair of the groups i ≠ j would count wᵢ wⱼ = 1 + (wᵢ − 1) + (wⱼ − 1) +
    (wᵢ − 1)(wⱼ − 1) times. The last term is left out (Hoeffding's projection), which turns the sum over pairs into one
    over groups: Σᵢ wᵢ Aᵢ + N − Σᵢ Aᵢ, with Aᵢ the pairs that have a member in group i, and N all of them. Its share in
    the variance falls with the number of groups, except where accepted impostors are so rare that each comes from
    identities of its own. There the variance is N for independent pairs, 2 N with the projection and 3 N with wᵢ wⱼ:
    both are cautious, the projection less so. Counts of very rare pairs may come out below 0.

    Args:
        histograms: `PairHistograms`.
        resamples: how many draws.
        seed: of the draws.

    Yields:
        Genuine and impostor counts, float64 [some, bins] each, together `resamples` rows.

    Source:
        Hoeffding 1948, "A class of statistics with asymptotically normal distribution" (the projection); Owen 2007,
        "The pigeonhole bootstrap" (why products of weights overstate the variance).

    Example:
        >>> from semihard.evaluation.verification import pair_histograms, resampled_counts
        >>> histograms = pair_histograms([[0.0], [1.0], [5.0], [6.0]], [0, 0, 1, 1], bins=2, width=2.0)
        >>> genuine, impostor = next(resampled_counts(histograms, 3))
        >>> genuine.tolist(), impostor.tolist()
        ([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0]], [[0.0, 4.0], [0.0, 4.0], [0.0, 4.0]])
    """
    rng = np.random.default_rng(seed)
    groups = len(histograms.genuine)
    rest = histograms.all_impostor - histograms.impostor.sum(axis=0)
    for start in range(0, resamples, RESAMPLES_AT_ONCE):
        some = min(RESAMPLES_AT_ONCE, resamples - start)
        weights = rng.multinomial(groups, np.full(groups, 1.0 / groups), size=some).astype(np.float64)
        yield weights @ histograms.genuine, weights @ histograms.impostor + rest

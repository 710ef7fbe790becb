"""What a threshold achieves, from how many pairs it accepts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation._estimates import Estimate
from semihard.evaluation.verification import PairHistograms, percentile_interval, resampled_counts

Rates = dict[str, NDArray[np.float64]]


def rates(genuine: Any, impostor: Any) -> Rates:
    """Return the rates of a verifier by name, NaN where nothing is there to be divided.

    Args:
        genuine: real [..., 2], genuine pairs accepted and rejected.
        impostor: real [..., 2], impostor pairs accepted and rejected.

    Returns:
        float64 [...] each: `far` (accepted among impostor pairs), `tar` (accepted among genuine pairs, recall),
        `precision` (genuine among accepted pairs), `f1` (harmonic mean of precision and recall).

    Example:
        >>> {name: rate.item() for name, rate in rates([3, 1], [1, 15]).items()}
        {'far': 0.0625, 'tar': 0.75, 'precision': 0.75, 'f1': 0.75}
    """
    # Resampled counts of rare pairs may lie below 0.
    genuine, impostor = (np.maximum(np.asarray(counts, np.float64), 0.0) for counts in (genuine, impostor))
    hits, misses, alarms = genuine[..., 0], genuine[..., 1], impostor[..., 0]
    return {
        "far": _share(alarms, alarms + impostor[..., 1]),
        "tar": _share(hits, hits + misses),
        "precision": _share(hits, hits + alarms),
        "f1": _share(2.0 * hits, 2.0 * hits + misses + alarms),
    }


def achieved_rates(histograms: PairHistograms, confidence: float, resamples: int, seed: int) -> dict[str, Estimate]:
    """Return each rate with its interval from `PairHistograms` of two bins, accepted and rejected."""
    values = rates(histograms.genuine.sum(axis=0), histograms.all_impostor)
    draws = [rates(*counts) for counts in resampled_counts(histograms, resamples, seed)]
    return {
        name: Estimate(float(value), percentile_interval(np.concatenate([draw[name] for draw in draws]), confidence))
        for name, value in values.items()
    }


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)

"""The trade-off of false accepts and false rejects over all thresholds: what ROC and DET curves draw."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class VerificationCurve(NamedTuple):
    """Rates of a verifier that accepts a pair if its distance is at most a threshold.

    Attributes:
        thresholds: float64 [points], ascending. The first is −infinity, where nothing is accepted.
        far: float64 [..., points], false accept rate: accepted among impostor pairs. From 0 to 1.
        frr: float64 [..., points], false reject rate: rejected among genuine pairs. From 1 to 0.

    ROC draws 1 − frr (the true accept rate, TAR) over far; DET draws frr over far. Leading axes, if any, are resamples.
    """

    thresholds: NDArray[np.float64]
    far: NDArray[np.float64]
    frr: NDArray[np.float64]


def verification_curve(distances: Any, genuine: Any, impostor: Any) -> VerificationCurve:
    """Turn counts of pairs into the rates at each threshold.

    Args:
        distances: real [bins], ascending, the largest distance in each bin.
        genuine: real [..., bins], genuine pairs in each bin.
        impostor: real [..., bins], impostor pairs in each bin.

    Returns:
        `VerificationCurve` with bins + 1 points; rates are NaN where there are no pairs of the kind.

    Raises:
        ValueError: if the shapes do not fit.

    Source:
        Martin, Doddington, Kamm, Ordowski, Przybocki 1997, "The DET curve in assessment of detection task performance".

    Example:
        >>> curve = verification_curve([0.5, 1.0], genuine=[3, 1], impostor=[1, 3])
        >>> curve.thresholds.tolist(), curve.far.tolist(), curve.frr.tolist()
        ([-inf, 0.5, 1.0], [0.0, 0.25, 1.0], [1.0, 0.25, 0.0])
    """
    distances, genuine, impostor = (np.asarray(value, np.float64) for value in (distances, genuine, impostor))
    if distances.ndim != 1 or genuine.shape != impostor.shape or genuine.shape[-1:] != distances.shape:
        raise ValueError(
            f"Expected `distances` [bins] and `genuine` and `impostor` [..., bins] alike. "
            f"Received shapes {distances.shape}, {genuine.shape} and {impostor.shape}."
        )
    return VerificationCurve(np.append(-np.inf, distances), _accepted(impostor), _accepted(genuine, rejected=True))


def _accepted(counts: NDArray[np.float64], rejected: bool = False) -> NDArray[np.float64]:
    """Cumulate counts [..., bins] to shares [..., bins + 1] of the total."""
    sums = np.concatenate([np.zeros((*counts.shape[:-1], 1)), np.cumsum(counts, axis=-1)], axis=-1)
    total = sums[..., -1:]
    # A subtraction of counts is exact, of rates it is not.
    shares = total - sums if rejected else sums
    return np.divide(shares, total, out=np.full_like(shares, np.nan), where=total > 0)

"""Error rates over all thresholds, and the figures that are read off them."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import open_fraction


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


class EqualError(NamedTuple):
    """The equal error rate.

    Attributes:
        value: float64 [...], in [0, 1].
        threshold: float64 [...], the distance at which the two rates differ least; of two, the larger.
        bin_error: float64 [...]. If pairs in one bin have different distances, the exact rate is within
            value ± bin_error.
    """

    value: NDArray[np.float64]
    threshold: NDArray[np.float64]
    bin_error: NDArray[np.float64]


def equal_error_rate(curve: VerificationCurve) -> EqualError:
    """Return the rate at which FAR = FRR, on straight lines between the points of the curve.

    Let 0 be the last point with FAR < FRR and 1 the next. The exact curve passes through both and is monotone between
    them, so its rate is at least max(FAR₀, FRR₁) and at most min(FAR₁, FRR₀).

    Args:
        curve: `VerificationCurve`.

    Returns:
        `EqualError`; NaN where a kind of pairs is missing.

    Source:
        Fawcett 2006, "An introduction to ROC analysis" (the curve and its straight lines across ties).

    Example:
        >>> from semihard.evaluation import equal_error_rate, verification_curve
        >>> found = equal_error_rate(verification_curve([0.5, 1.0], genuine=[3, 1], impostor=[1, 3]))
        >>> found.value.item(), found.threshold.item()
        (0.25, 0.5)
    """
    gap = curve.far - curve.frr
    after = np.maximum(np.argmax(gap >= 0, axis=-1), 1)[..., None]

    def at(values: NDArray[Any], point: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.take_along_axis(values, point, axis=-1)[..., 0]

    far, far_after, frr, frr_after = (at(v, p) for v in (curve.far, curve.frr) for p in (after - 1, after))
    gap, gap_after = far - frr, far_after - frr_after
    value = far - gap / (gap_after - gap) * (far_after - far)
    smallest, largest = np.maximum(far, frr_after), np.minimum(far_after, frr)
    points = after[..., 0] - (np.abs(gap) < np.abs(gap_after))
    threshold = np.where(np.isnan(value), np.nan, curve.thresholds[points])
    return EqualError(value, threshold, np.maximum(largest - value, value - smallest))


class Area(NamedTuple):
    """The area under the ROC curve.

    Attributes:
        value: float64 [...], in [0, 1].
        bin_error: float64 [...]. If pairs in one bin have different distances, the exact area is within
            value ± bin_error.
    """

    value: NDArray[np.float64]
    bin_error: NDArray[np.float64]


def roc_auc(curve: VerificationCurve) -> Area:
    """Return the probability that a genuine pair is nearer than an impostor pair, a tie counting one half.

    Each bin adds f · (T + g/2): its share f of the impostor pairs, times the share T of the genuine pairs in nearer
    bins and half of the share g in the same bin. Within a bin the order is unknown, so each may be off by f · g/2.

    Args:
        curve: `VerificationCurve`.

    Returns:
        `Area`; NaN where a kind of pairs is missing.

    Source:
        Hanley, McNeil 1982, "The meaning and use of the area under a receiver operating characteristic (ROC) curve".

    Example:
        Of 16 comparisons of a genuine with an impostor pair, 9 are won and 6 tied; a tie may go either way.

        >>> from semihard.evaluation import roc_auc, verification_curve
        >>> area = roc_auc(verification_curve([0.5, 1.0], genuine=[3, 1], impostor=[1, 3]))
        >>> area.value.item(), area.bin_error.item()
        (0.75, 0.1875)
    """
    impostor, genuine = np.diff(curve.far, axis=-1), -np.diff(curve.frr, axis=-1)
    value = (impostor * (1.0 - (curve.frr[..., 1:] + curve.frr[..., :-1]) / 2)).sum(axis=-1)
    return Area(value, (impostor * genuine).sum(axis=-1) / 2)


# With 10 false accepts expected, their number varies by 1/√10 = 32 % even if all pairs were independent, which they
# are not; a rate estimated from fewer says little more than its order of magnitude.
FEWEST_FALSE_ACCEPTS = 10


class OperatingPoint(NamedTuple):
    """What is accepted at a false accept rate.

    Attributes:
        value: float64 [...], the true accept rate.
        threshold: float64 [...], the distance up to which pairs are accepted; −infinity where none may be.
        bin_error: float64 [...]. If pairs in one bin have different distances, a threshold inside a bin may accept
            more: the exact rate is within value and value + bin_error.
    """

    value: NDArray[np.float64]
    threshold: NDArray[np.float64]
    bin_error: NDArray[np.float64]


def tar_at_far(curve: VerificationCurve, far: float) -> OperatingPoint:
    """Return the true accept rate at the largest threshold before the false accept rate exceeds `far`.

    There is no interpolation: the threshold is one that can be used, and keeps to the rate.

    Args:
        curve: `VerificationCurve`.
        far: false accept rate, in (0, 1).

    Returns:
        `OperatingPoint`; NaN where a kind of pairs is missing. It does not judge whether there are enough impostor
        pairs for the rate: `verify` does.

    Raises:
        TypeError, ValueError: if `far` is not a number between 0 and 1.

    Source:
        Klare et al. 2015, "Pushing the frontiers of unconstrained face detection and recognition: IARPA Janus
        Benchmark A", where it is the figure for verification.

    Example:
        >>> from semihard.evaluation import tar_at_far, verification_curve
        >>> point = tar_at_far(verification_curve([0.5, 1.0], genuine=[3, 1], impostor=[1, 3]), far=0.3)
        >>> point.value.item(), point.threshold.item()
        (0.75, 0.5)
    """
    far = open_fraction("far", far)
    beyond = np.maximum(np.argmax(curve.far > far, axis=-1), 1)[..., None]
    missing = np.isnan(curve.far[..., -1]) | np.isnan(curve.frr[..., -1])
    value, more = (1.0 - np.take_along_axis(curve.frr, p, axis=-1)[..., 0] for p in (beyond - 1, beyond))
    threshold = curve.thresholds[beyond[..., 0] - 1]
    return OperatingPoint(*(np.where(missing, np.nan, figure) for figure in (value, threshold, more - value)))


def too_few_impostors(far: float, impostor_pairs: int) -> str | None:
    """Say why a false accept rate cannot be judged from so many impostor pairs; None if it can.

    Example:
        >>> too_few_impostors(1e-4, 5000)
        'FAR 0.0001 needs 100,000 impostor pairs (10 false accepts); there are 5,000'

    Source:
        The argument of the "rule of 30", milder: Doddington, Przybocki, Martin, Reynolds 2000, "The NIST speaker
        recognition evaluation: overview, methodology, systems, results, perspective".
    """
    needed = int(np.ceil(round(FEWEST_FALSE_ACCEPTS / far, 6)))
    if impostor_pairs >= needed:
        return None
    return (
        f"FAR {far:g} needs {needed:,} impostor pairs ({FEWEST_FALSE_ACCEPTS} false accepts); "
        f"there are {impostor_pairs:,}"
    )

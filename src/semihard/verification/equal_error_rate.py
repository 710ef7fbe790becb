"""EER: the error rate at the threshold where as many impostors are accepted as genuine pairs are rejected."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.verification.curve import VerificationCurve


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
        >>> from semihard.verification import equal_error_rate, verification_curve
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

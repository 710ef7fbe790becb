"""ROC-AUC: does a genuine pair lie nearer than an impostor pair?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.verification.curve import VerificationCurve


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

        >>> from semihard.verification import roc_auc, verification_curve
        >>> area = roc_auc(verification_curve([0.5, 1.0], genuine=[3, 1], impostor=[1, 3]))
        >>> area.value.item(), area.bin_error.item()
        (0.75, 0.1875)
    """
    impostor, genuine = np.diff(curve.far, axis=-1), -np.diff(curve.frr, axis=-1)
    value = (impostor * (1.0 - (curve.frr[..., 1:] + curve.frr[..., :-1]) / 2)).sum(axis=-1)
    return Area(value, (impostor * genuine).sum(axis=-1) / 2)

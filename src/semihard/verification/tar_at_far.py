"""TAR@FAR: the share of genuine pairs accepted where impostors may pass at a given rate at most."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._checks import open_fraction
from semihard.verification.curve import VerificationCurve

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
        pairs for the rate: `too_few_impostors` does.

    Raises:
        TypeError, ValueError: if `far` is not a number between 0 and 1.

    Source:
        Klare et al. 2015, "Pushing the frontiers of unconstrained face detection and recognition: IARPA Janus
        Benchmark A", where it is the figure for verification.

    Example:
        >>> from semihard.verification import tar_at_far, verification_curve
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

"""The verification figures of a given list of pairs, such as a protocol prescribes."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import open_fraction, whole_number
from semihard._core.labels import label_array, label_codes
from semihard.evaluation.verification.rates import VerificationCurve, verification_curve
from semihard.evaluation.verification.report import VerificationReport, build_report


def verify_pairs(
    distances: Any,
    same: Any,
    *,
    identities: tuple[Any, Any] | None = None,
    fars: Iterable[float] = (1e-1, 1e-2, 1e-3, 1e-4),
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> VerificationReport:
    """Compute ROC-AUC, EER and TAR@FAR of the pairs given, exactly: every different distance is a threshold.

    Args:
        distances: real [pairs], smaller is nearer. For similarities give their negatives.
        same: bool [pairs], true for genuine pairs.
        identities: the labels of both members, [pairs] each. Without them there are no intervals, because pairs that
            share an identity are not independent.
        fars: false accept rates, each in (0, 1). One that would rest on fewer than 10 false accepts is refused: NaN,
            and a reason in `refused`.
        resamples: draws of identities. In a draw, a pair counts once for each way to draw it: w for a genuine pair of
            an identity drawn w times, v · w for an impostor pair.
        confidence: of the intervals, in (0, 1).
        seed: of the draws.

    Returns:
        `VerificationReport`.

    Raises:
        TypeError, ValueError: for distances that are not real numbers [pairs], a `same` that is not bool [pairs] or
            contradicts the identities, a missing kind of pairs, and rates that are not between 0 and 1.

    Source:
        The protocol: Huang, Ramesh, Berg, Learned-Miller 2007, "Labeled faces in the wild", §III. The weights: Owen
        2007, "The pigeonhole bootstrap".

    Example:
        >>> from semihard.evaluation import verify_pairs
        >>> report = verify_pairs([0.1, 0.4, 0.3, 0.9], [True, True, False, False], fars=[])
        >>> {name: figure.value for name, figure in report.figures.items()}
        {'roc_auc': 0.75, 'eer': 0.5, 'eer_threshold': 0.3}
    """
    fars = [open_fraction("fars", far) for far in fars]
    resamples = whole_number("resamples", resamples, 0)
    confidence = open_fraction("confidence", confidence)
    distances, same = _checked(distances, same)
    thresholds, bins = np.unique(distances, return_inverse=True)
    kinds = bins.reshape(-1) + len(thresholds) * same

    def curve(weights: NDArray[np.float64] | None = None) -> VerificationCurve:
        impostor, genuine = np.bincount(kinds, weights, minlength=2 * len(thresholds)).reshape(2, -1)
        return verification_curve(thresholds, genuine, impostor)

    def resampled(left: NDArray[np.int64], right: NDArray[np.int64], count: int) -> Iterator[VerificationCurve]:
        rng = np.random.default_rng(seed)
        for _ in range(resamples):
            drawn = rng.multinomial(count, np.full(count, 1.0 / count)).astype(np.float64)
            some = curve(np.where(same, drawn[left], drawn[left] * drawn[right]))
            yield VerificationCurve(some.thresholds, some.far[None], some.frr[None])

    draws: Iterator[VerificationCurve] = iter(())
    count = None
    if identities is not None:
        left, right = _identities(identities, same)
        # Only identities that take part are drawn; codes have no gaps.
        count = int(max(left.max(), right.max())) + 1
        draws = resampled(left, right, count)
    return build_report(
        curve(),
        fars,
        draws,
        binned=False,
        confidence=confidence,
        genuine_pairs=int(np.count_nonzero(same)),
        impostor_pairs=int(np.count_nonzero(~same)),
        identities=count,
    )


def _checked(distances: Any, same: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    distances, same = np.asarray(distances), np.asarray(same)
    if distances.dtype.kind not in "fiu" or same.dtype != np.bool_:
        raise TypeError(
            f"Expected `distances` to be real and `same` to be bool. Received {distances.dtype} and {same.dtype}. "
            f"Compare the labels of each pair to obtain `same`."
        )
    if distances.ndim != 1 or distances.shape != same.shape:
        raise ValueError(
            f"Expected `distances` and `same` to be [pairs]. Received shapes {distances.shape} and {same.shape}."
        )
    if not np.isfinite(distances).all():
        raise ValueError("Expected finite `distances`. Received NaN or infinity. Look for a diverged model.")
    if same.all() or not same.any():
        raise ValueError(
            f"Expected both genuine and impostor pairs. Received {np.count_nonzero(same)} genuine of {len(same)}."
        )
    return distances.astype(np.float64), same


def _identities(identities: tuple[Any, Any], same: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if not isinstance(identities, tuple) or len(identities) != 2:
        raise TypeError("Expected `identities` to be a pair (left, right) of label arrays, each [pairs].")
    left, right = (label_array(f"identities[{i}]", identities[i], len(same)) for i in range(2))
    left, right = label_codes(left, right)
    wrong = np.flatnonzero((left == right) != same)
    if len(wrong):
        raise ValueError(
            f"Expected `same` to be true exactly where both `identities` are equal. They contradict each other in "
            f"{len(wrong)} pairs, first in pair {wrong[0]}. Drop `identities`, or make `same` from them."
        )
    return left, right

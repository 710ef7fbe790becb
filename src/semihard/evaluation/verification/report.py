"""The figures of a verifier, with their intervals and how far they can be trusted."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.verification.bootstrap import percentile_interval
from semihard.evaluation.verification.rates import (
    VerificationCurve,
    equal_error_rate,
    roc_auc,
    tar_at_far,
    too_few_impostors,
)


@dataclass(frozen=True)
class VerificationReport:
    """Figures of a verifier that accepts a pair if its Euclidean distance is at most a threshold.

    Attributes:
        roc_auc: probability that a genuine pair is nearer than an impostor pair, a tie counting one half.
        eer: equal error rate.
        eer_threshold: the distance at which false accepts and false rejects differ least.
        tar_at_far: true accept rate for each false accept rate; NaN where it is refused.
        refused: the reason, for each false accept rate that the impostor pairs cannot support.
        intervals: lower and upper end for each figure, named as in `to_dict`; NaN where resampling cannot give one
            (see `percentile_interval`), and empty where the identities are not known.
        bin_errors: how far each figure may be off because distances were sorted into bins; empty if they were not.
        confidence: of the intervals.
        genuine_pairs: pairs of one identity.
        impostor_pairs: pairs of two identities.
        identities: number of different identities; None where they are not known.
        curve: the rates at all thresholds, to draw ROC and DET.
    """

    roc_auc: float
    eer: float
    eer_threshold: float
    tar_at_far: dict[float, float]
    refused: dict[float, str]
    intervals: dict[str, tuple[float, float]]
    bin_errors: dict[str, float]
    confidence: float
    genuine_pairs: int
    impostor_pairs: int
    identities: int | None
    curve: VerificationCurve = field(repr=False, compare=False)

    def figures(self) -> dict[str, float]:
        """Return the figures under the names `roc_auc`, `eer`, `eer_threshold`, `tar_at_far_0.1`, …."""
        tars = {tar_name(far): value for far, value in self.tar_at_far.items()}
        return {"roc_auc": self.roc_auc, "eer": self.eer, "eer_threshold": self.eer_threshold, **tars}

    def to_dict(self) -> dict[str, float | int | None]:
        """Return the figures, the ends of their intervals (`eer_low`, `eer_high`, …) and the counts, in one level."""
        ends = {
            f"{name}_{side}": end
            for name, interval in self.intervals.items()
            for side, end in zip(("low", "high"), interval, strict=True)
        }
        counts = {"genuine_pairs": self.genuine_pairs, "impostor_pairs": self.impostor_pairs}
        return {**self.figures(), **ends, **counts, "identities": self.identities}

    def __str__(self) -> str:
        of = "" if self.identities is None else f" of {self.identities:,} identities"
        lines = [f"{self.genuine_pairs:,} genuine and {self.impostor_pairs:,} impostor pairs{of}"]
        reasons = {tar_name(far): reason for far, reason in self.refused.items()}
        for name, value in self.figures().items():
            text = f"not reported: {reasons[name]}" if name in reasons else f"{value:.4f}{self._trust(name)}"
            lines.append(f"{name:18}  {text}")
        return "\n".join(lines)

    def _trust(self, name: str) -> str:
        low, high = self.intervals.get(name, (math.nan, math.nan))
        interval = "no interval" if math.isnan(low) else f"{100 * self.confidence:g} %: {low:.4f} to {high:.4f}"
        error = self.bin_errors.get(name, 0.0)
        return f"  ({interval}{f'; bins: {error:.1g}' if error else ''})"


def tar_name(far: float) -> str:
    """Name the true accept rate at a false accept rate.

    Example:
        >>> tar_name(1e-4)
        'tar_at_far_0.0001'
    """
    return f"tar_at_far_{far:.12g}"


def build_report(
    curve: VerificationCurve,
    fars: Iterable[float],
    resampled: Iterator[VerificationCurve],
    *,
    binned: bool,
    confidence: float,
    genuine_pairs: int,
    impostor_pairs: int,
    identities: int | None,
) -> VerificationReport:
    """Compute every figure of a curve, and their intervals from the curves of resamples.

    Args:
        curve: of all pairs, without leading axes.
        fars: false accept rates, each in (0, 1).
        resampled: curves with one leading axis; none gives no intervals.
        binned: whether a bin of the curve may hold different distances.
        confidence: of the intervals, in (0, 1).
        genuine_pairs, impostor_pairs, identities: counts, kept in the report.
    """
    refused = {far: reason for far in fars if (reason := too_few_impostors(far, impostor_pairs))}
    kept = [far for far in fars if far not in refused]
    values, errors = _figures(curve, kept)
    draws = [_figures(some, kept)[0] for some in resampled]
    intervals = {
        name: percentile_interval(np.concatenate([draw[name] for draw in draws]), confidence)
        for name in (values if draws else ())
    }
    return VerificationReport(
        roc_auc=float(values["roc_auc"]),
        eer=float(values["eer"]),
        eer_threshold=float(values["eer_threshold"]),
        tar_at_far={far: math.nan if far in refused else float(values[tar_name(far)]) for far in fars},
        refused=refused,
        intervals=intervals,
        bin_errors={name: float(error) for name, error in errors.items()} if binned else {},
        confidence=confidence,
        genuine_pairs=genuine_pairs,
        impostor_pairs=impostor_pairs,
        identities=identities,
        curve=curve,
    )


def _figures(
    curve: VerificationCurve, fars: Iterable[float]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """Return the figures and their bin errors; the threshold has none, being one that can be used."""
    area, equal = roc_auc(curve), equal_error_rate(curve)
    tars = {tar_name(far): tar_at_far(curve, far) for far in fars}
    values = {"roc_auc": area.value, "eer": equal.value, "eer_threshold": equal.threshold}
    errors = {"roc_auc": area.bin_error, "eer": equal.bin_error}
    return (
        {**values, **{name: point.value for name, point in tars.items()}},
        {**errors, **{name: point.bin_error for name, point in tars.items()}},
    )

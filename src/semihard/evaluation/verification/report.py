"""The figures of a verifier, with their intervals and how far they can be trusted."""

import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation._estimates import Estimate, interval_in_words, plain, title_of, write_json
from semihard.evaluation.verification._plot import plot_verification
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
    """Figures of a verifier that accepts a pair if its Euclidean distance is at most a threshold; `print` it.

    Attributes:
        figures: name → `Estimate`. `roc_auc`: the probability that a genuine pair is nearer than an impostor pair, a
            tie counting one half. `eer`: the equal error rate. `eer_threshold`: the distance at which false accepts and
            false rejects differ least. `tar_at_far_0.1`, …: the true accept rate at each false accept rate; NaN where
            it is refused. Without an interval where the identities are not known, or resampling cannot give one: if all
            resamples agree, they cannot tell how rare the errors are that were not seen.
        refused: the reason, for each figure that the impostor pairs cannot support.
        bin_errors: how far each figure may be off because distances were sorted into bins; empty if they were not.
        confidence: of the intervals.
        genuine_pairs: pairs of one identity.
        impostor_pairs: pairs of two identities.
        identities: number of different identities; None where they are not known.
        curve: the rates at all thresholds, as ROC and DET draw them.
    """

    figures: dict[str, Estimate]
    refused: dict[str, str]
    bin_errors: dict[str, float]
    confidence: float
    genuine_pairs: int
    impostor_pairs: int
    identities: int | None
    curve: VerificationCurve = field(repr=False, compare=False)

    def __str__(self) -> str:
        of = "" if self.identities is None else f" of {self.identities:,} identities"
        lines = [f"{self.genuine_pairs:,} genuine and {self.impostor_pairs:,} impostor pairs{of}"]
        for name, figure in self.figures.items():
            text = f"{figure.value:.4f}{self._trust(name)}"
            if name in self.refused:
                text = f"not reported: {self.refused[name]}"
            lines.append(f"{title_of(name):14}  {text}")
        return "\n".join(lines)

    def _trust(self, name: str) -> str:
        error = self.bin_errors.get(name, 0.0)
        interval = interval_in_words(self.figures[name], self.confidence, ".4f")
        return f"  ({interval}{f'; bins: {error:.1g}' if error else ''})"

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the curve as dictionaries, lists and numbers that JSON can hold (NaN as None)."""
        return {entry.name: plain(getattr(self, entry.name)) for entry in fields(self) if entry.name != "curve"}

    def to_json(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict()` to `path`, whole or not at all, and return the path."""
        return write_json(self.to_dict(), path)

    def plot(self, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
        """Draw the ROC curve, true accepts by false accepts, and the DET curve, false rejects by false accepts.

        Both axes of false accepts are logarithmic and begin where ten impostor pairs would be accepted: the pairs say
        nothing about lower rates.

        Args:
            path: where to write; PNG or SVG by its suffix.
            title: a line above the picture.

        Returns:
            `path`.

        Raises:
            ImportError: matplotlib is not installed.
            ValueError: the suffix is neither .png nor .svg.
            OSError: the directory is missing or not writable, or the disk is full.

        Source:
            DET: Martin et al. 1997, "The DET curve in assessment of detection task performance"; here with logarithmic
            axes instead of normal deviates.

        Example:
            >>> import tempfile
            >>> import numpy as np
            >>> from semihard.evaluation import verify
            >>> rng, labels = np.random.default_rng(0), np.arange(40) % 8
            >>> report = verify(rng.normal(size=(8, 4))[labels] + rng.normal(size=(40, 4)), labels)
            >>> report.plot(tempfile.mkdtemp() + "/verification.png").name
            'verification.png'
        """
        return plot_verification(
            path,
            heading=title or f"{self.genuine_pairs:,} genuine and {self.impostor_pairs:,} impostor pairs",
            curve=self.curve,
            area=self.figures["roc_auc"].value,
            equal_error=self.figures["eer"].value,
            impostor_pairs=self.impostor_pairs,
        )


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
    values, errors = _figures(curve, [far for far in fars if far not in refused])
    draws = [_figures(some, [far for far in fars if far not in refused])[0] for some in resampled]
    intervals = {
        name: percentile_interval(np.concatenate([draw[name] for draw in draws]), confidence)
        for name in (values if draws else ())
    }
    names = ["roc_auc", "eer", "eer_threshold", *map(tar_name, fars)]
    return VerificationReport(
        figures={name: Estimate(float(values.get(name, math.nan)), intervals.get(name)) for name in names},
        refused={tar_name(far): reason for far, reason in refused.items()},
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

"""ROC and DET curves as a picture."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core import canvas
from semihard.evaluation.verification.report import VerificationReport

_COLOR = "#1f5fa8"


def plot_verification(report: VerificationReport, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
    """Draw the ROC curve, true accepts by false accepts, and the DET curve, false rejects by false accepts.

    Both axes of false accepts are logarithmic and begin where ten impostor pairs would be accepted: the pairs say
    nothing about lower rates.

    Args:
        report: of `verify`.
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
        >>> plot_verification(report, tempfile.mkdtemp() + "/verification.png").name
        'verification.png'
    """
    canvas.picture_format(path)
    figure = canvas.new_figure(10, 4.6)
    figure.get_layout_engine().set(w_pad=0.2, h_pad=0.1)
    heading = title or f"{report.genuine_pairs:,} genuine and {report.impostor_pairs:,} impostor pairs"
    canvas.write_heading(figure, heading)
    lowest = min(10.0 / max(report.impostor_pairs, 1), 0.1)
    far, frr = np.asarray(report.curve.far), np.asarray(report.curve.frr)
    roc, det = figure.subplots(1, 2)
    _panel(roc, f"ROC, area {report.roc_auc:.4f}", "true accept rate", lowest)
    roc.plot(far, 1 - frr, color=_COLOR, linewidth=2.2)
    roc.set_ylim(0, 1.02)
    _panel(det, f"DET, equal error rate {report.eer:.4f}", "false reject rate", lowest)
    det.plot(far, frr, color=_COLOR, linewidth=2.2)
    det.plot([report.eer], [report.eer], color=_COLOR, marker="o", markersize=6, linestyle="none")
    det.set_yscale("log")
    positive = frr[frr > 0]
    det.set_ylim(max(float(positive.min()) if len(positive) else 1e-3, 1e-5), 1.1)
    return canvas.save(figure, path)


def _panel(axes: Any, title: str, label: str, lowest: float) -> None:
    axes.set_title(title, loc="left", color=canvas.INK, fontsize=12, fontweight="bold", parse_math=False)
    axes.set_xscale("log")
    axes.set_xlim(lowest, 1)
    axes.set_xlabel("false accept rate", color=canvas.INK)
    axes.set_ylabel(label, color=canvas.INK)
    axes.grid(color="#e4e7eb", linewidth=0.8)
    axes.tick_params(length=0, colors=canvas.FAINT)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)

"""ROC and DET curves as a picture."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core import canvas
from semihard.evaluation._panels import BLUE
from semihard.evaluation.verification.rates import VerificationCurve


def plot_verification(
    path: str | os.PathLike[str],
    *,
    heading: str,
    curve: VerificationCurve,
    area: float,
    equal_error: float,
    impostor_pairs: int,
) -> Path:
    """Draw the ROC curve, true accepts by false accepts, and the DET curve, false rejects by false accepts.

    Args:
        path: where to write; PNG or SVG by its suffix.
        heading: a line above the picture.
        curve: `VerificationCurve` without leading axes.
        area: under the ROC curve.
        equal_error: the equal error rate.
        impostor_pairs: how many.

    Returns:
        `path`.
    """
    canvas.picture_format(path)
    figure = canvas.new_figure(10, 4.6)
    figure.get_layout_engine().set(w_pad=0.2, h_pad=0.1)
    canvas.write_heading(figure, heading)
    lowest = min(10.0 / max(impostor_pairs, 1), 0.1)
    far, frr = np.asarray(curve.far), np.asarray(curve.frr)
    roc, det = figure.subplots(1, 2)
    _panel(roc, f"ROC, area {area:.4f}", "true accept rate", lowest)
    roc.plot(far, 1 - frr, color=BLUE, linewidth=2.2)
    roc.set_ylim(0, 1.02)
    _panel(det, f"DET, equal error rate {equal_error:.4f}", "false reject rate", lowest)
    det.plot(far, frr, color=BLUE, linewidth=2.2)
    det.plot([equal_error], [equal_error], color=BLUE, marker="o", markersize=6, linestyle="none")
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

"""An evaluation as a picture."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core import canvas
from semihard.evaluation.retrieval.report import Report, title_of

BLUE, ORANGE = "#1f5fa8", "#d1571b"
ROWS = 15
# Inches that names may take of a panel.
NAMES = 2.2


def plot_report(report: Report, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
    """Draw the figures with their intervals, the weakest classes, and the classes retrieved for each other.

    Args:
        report: of `semihard.evaluate`.
        path: where to write; PNG or SVG by its suffix.
        title: a line above the picture.

    Returns:
        `path`.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: the suffix is neither .png nor .svg.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> from semihard.evaluation import evaluate
        >>> report = evaluate(np.eye(6), list("aabbcc"))
        >>> plot_report(report, tempfile.mkdtemp() + "/report.png").name
        'report.png'
    """
    canvas.picture_format(path)
    figure = canvas.new_figure(15, 5)
    heading = title or f"{report.scored:,} of {report.total:,} queries scored among {report.gallery:,}"
    canvas.write_heading(figure, heading)
    figure.get_layout_engine().set(w_pad=0.2, h_pad=0.1)
    axes = figure.subplots(1, 3)
    _figures(axes[0], report)
    _classes(axes[1], report)
    _confusions(axes[2], report)
    return canvas.save(figure, path)


def _panel(axes: Any, title: str, names: list[str]) -> None:
    axes.set_title(title, loc="left", color=canvas.INK, fontsize=12, fontweight="bold", parse_math=False)
    names = [canvas.fitted(axes.figure, name, NAMES, canvas.TICKS)[0] for name in names]
    axes.set_yticks(range(len(names)), names, fontsize=canvas.TICKS, parse_math=False)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.tick_params(length=0, colors=canvas.FAINT)
    axes.grid(axis="x", color="#e4e7eb", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)


def _figures(axes: Any, report: Report) -> None:
    names = list(report.figures)
    for kind, color, offset in (("micro", BLUE, -0.12), ("macro", ORANGE, 0.12)):
        for row, name in enumerate(names):
            value = getattr(report.figures[name], kind)
            interval = getattr(report.figures[name], f"{kind}_interval")
            if interval is not None:
                axes.plot(interval, [row + offset] * 2, color=color, linewidth=2)
            axes.plot([value], [row + offset], marker="o", markersize=5, color=color, linestyle="none")
        axes.plot([], [], color=color, marker="o", label={"micro": "each query", "macro": "each class"}[kind])
    _panel(axes, f"figures, {report.confidence:.0%} intervals", [title_of(name) for name in names])
    # Below the panel: within it any place may hold a figure.
    below = {"loc": "upper left", "bbox_to_anchor": (0, -0.07), "borderaxespad": 0, "ncols": 2}
    axes.legend(frameon=False, labelcolor=canvas.INK, **below)
    drawn = [figure.micro for figure in report.figures.values()]
    drawn += [figure.macro_interval[0] for figure in report.figures.values() if figure.macro_interval]
    axes.set_xlim(max(0.0, float(np.nanmin([*drawn, 0.9])) - 0.05), 1.005)


def _classes(axes: Any, report: Report) -> None:
    rows = [row for row in report.classes if row.scored][:ROWS]
    _bars(axes, [row.map_at_r for row in rows], BLUE, ".3f")
    _panel(axes, "MAP@R of the weakest classes", [str(row.label) for row in rows])
    axes.set_xlim(0, 1.15)


def _confusions(axes: Any, report: Report) -> None:
    pairs = sorted(report.confusions, key=lambda pair: -pair.share)[:ROWS]
    _bars(axes, [pair.share for pair in pairs], ORANGE, ".2%")
    _panel(axes, "retrieved for another class", [_pair(axes, pair.retrieved, pair.label) for pair in pairs])
    axes.set_xlim(0, max([pair.share for pair in pairs], default=1.0) * 1.25)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}" if value == 0 or value >= 0.01 else f"{value:.1%}")


def _pair(axes: Any, retrieved: Any, label: Any) -> str:
    """Return "one for another", each in its half of the room."""
    names = [canvas.fitted(axes.figure, name, 0.44 * NAMES, canvas.TICKS)[0] for name in (retrieved, label)]
    return " for ".join(names)


def _bars(axes: Any, values: list[float], color: str, digits: str) -> None:
    axes.barh(range(len(values)), values, color=color, height=0.6)
    for place, value in enumerate(values):
        axes.annotate(
            format(value, digits), (value, place), xytext=(4, 0), textcoords="offset points", va="center", color=color
        )

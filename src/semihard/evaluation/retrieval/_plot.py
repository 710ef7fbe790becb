"""An evaluation as a picture."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semihard._core import canvas
from semihard.evaluation._estimates import Estimate
from semihard.evaluation._panels import BLUE, NAMES, ORANGE, estimates_panel, list_panel

ROWS = 15


def plot_retrieval(
    path: str | os.PathLike[str],
    *,
    heading: str,
    averages: Mapping[str, Mapping[str, Estimate]],
    confidence: float,
    weakest: Sequence[tuple[Any, float]] | None,
    confused: Sequence[tuple[Any, Any, float]] | None,
) -> Path:
    """Draw the figures with their intervals, the weakest classes, and the classes retrieved for each other.

    Args:
        path: where to write; PNG or SVG by its suffix.
        heading: a line above the picture.
        averages: "each query" and "each class", each name → `Estimate`.
        confidence: of the intervals.
        weakest: (label, MAP@R), the lowest first; None for no such panel.
        confused: (retrieved, label, share); None for no such panel.

    Returns:
        `path`.
    """
    canvas.picture_format(path)
    panels = 1 + (weakest is not None) + (confused is not None)
    figure = canvas.new_figure(5 * panels, 5)
    canvas.write_heading(figure, heading)
    figure.get_layout_engine().set(w_pad=0.2, h_pad=0.1)
    axes = list(figure.subplots(1, panels, squeeze=False)[0])
    several = any(kind.interval for figures in averages.values() for kind in figures.values())
    estimates_panel(axes.pop(0), f"figures, {confidence:.0%} intervals" if several else "figures", averages)
    if weakest is not None:
        _classes(axes.pop(0), weakest[:ROWS])
    if confused is not None:
        _confusions(axes.pop(0), sorted(confused, key=lambda pair: -pair[2])[:ROWS])
    return canvas.save(figure, path)


def _classes(axes: Any, rows: Sequence[tuple[Any, float]]) -> None:
    _bars(axes, [value for _, value in rows], BLUE, ".3f")
    list_panel(axes, "MAP@R of the weakest classes", [str(label) for label, _ in rows])
    axes.set_xlim(0, 1.15)


def _confusions(axes: Any, pairs: Sequence[tuple[Any, Any, float]]) -> None:
    shares = [share for _, _, share in pairs]
    _bars(axes, shares, ORANGE, ".2%")
    list_panel(axes, "retrieved for another class", [_pair(axes, retrieved, label) for retrieved, label, _ in pairs])
    axes.set_xlim(0, max(shares, default=1.0) * 1.25)
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

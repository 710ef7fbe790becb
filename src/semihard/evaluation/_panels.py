"""Panels that pictures of reports share: a list of names at the left, and what belongs to each."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from semihard._core import canvas
from semihard.evaluation._estimates import Estimate, title_of

BLUE, ORANGE = "#1f5fa8", "#d1571b"
# Inches that names may take of a panel.
NAMES = 2.2


def list_panel(axes: Any, title: str, names: list[str]) -> None:
    """Make `axes` a list of `names`, the first at the top, under a title."""
    axes.set_title(title, loc="left", color=canvas.INK, fontsize=12, fontweight="bold", parse_math=False)
    names = [canvas.fitted(axes.figure, name, NAMES, canvas.TICKS)[0] for name in names]
    axes.set_yticks(range(len(names)), names, fontsize=canvas.TICKS, parse_math=False)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.tick_params(length=0, colors=canvas.FAINT)
    axes.grid(axis="x", color="#e4e7eb", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)


def estimates_panel(axes: Any, title: str, kinds: Mapping[str, Mapping[str, Estimate]]) -> None:
    """Draw figures between 0 and 1 as points on their intervals.

    Args:
        axes: of matplotlib.
        title: of the panel.
        kinds: what the legend says → name → `Estimate`; two kinds at most.
    """
    names = list(dict.fromkeys(name for figures in kinds.values() for name in figures))
    offsets = (-0.12, 0.12) if len(kinds) > 1 else (0.0,)
    lowest = [0.9]
    for (kind, figures), color, offset in zip(kinds.items(), (BLUE, ORANGE), offsets, strict=False):
        for name, figure in figures.items():
            row = names.index(name)
            if figure.interval is not None:
                axes.plot(figure.interval, [row + offset] * 2, color=color, linewidth=2)
            axes.plot([figure.value], [row + offset], marker="o", markersize=5, color=color, linestyle="none")
            lowest += [figure.value, *(figure.interval or ())[:1]]
        axes.plot([], [], color=color, marker="o", label=kind)
    list_panel(axes, title, [title_of(name) for name in names])
    # Below the panel: within it any place may hold a figure.
    below = {"loc": "upper left", "bbox_to_anchor": (0, -0.07), "borderaxespad": 0, "ncols": 2}
    if kinds:
        axes.legend(frameon=False, labelcolor=canvas.INK, **below)
    axes.set_xlim(max(0.0, float(np.nanmin(lowest)) - 0.05), 1.005)

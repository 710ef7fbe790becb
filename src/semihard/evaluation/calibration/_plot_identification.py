"""How false positives grow with a gallery, as a picture."""

import os
from collections.abc import Mapping
from pathlib import Path

from semihard._core import canvas
from semihard.evaluation._estimates import Estimate
from semihard.evaluation._panels import BLUE, ORANGE


def plot_identification(
    path: str | os.PathLike[str],
    *,
    heading: str,
    growth: Mapping[int, Estimate],
    measured: int,
    gallery: int,
    confidence: float,
) -> Path:
    """Draw the FPIR over the size of the gallery, both logarithmic.

    Args:
        path: where to write; PNG or SVG by its suffix.
        heading: a line above the picture.
        growth: size → FPIR; may be empty.
        measured: beyond this size the rates are upper bounds, drawn with dashes.
        gallery: the size that the threshold is for.
        confidence: of the intervals.

    Returns:
        `path`.
    """
    canvas.picture_format(path)
    figure = canvas.new_figure(7, 4.2)
    figure.get_layout_engine().set(w_pad=0.2, h_pad=0.1)
    canvas.write_heading(figure, heading)
    axes = figure.subplots()
    title = f"strangers that get a name, {confidence:.0%} intervals" if growth else "never judged"
    axes.set_title(title, loc="left", color=canvas.INK, fontsize=12, fontweight="bold", parse_math=False)
    seen = {size: figure for size, figure in growth.items() if figure.value > 0}
    if seen:
        within = {size: found for size, found in seen.items() if size <= measured}
        beyond = {size: found for size, found in seen.items() if size > measured or size == max(within, default=0)}
        for part, style in ((within, "-"), (beyond, "--")):
            axes.plot(list(part), [found.value for found in part.values()], style, color=BLUE, linewidth=2)
        banded = {size: found.interval for size, found in seen.items() if found.interval}
        low, high = ([ends[side] for ends in banded.values()] for side in (0, 1))
        axes.fill_between(list(banded), low, high, color=BLUE, alpha=0.15)
        if gallery in seen:
            axes.plot([gallery], [seen[gallery].value], marker="o", markersize=6, color=ORANGE, linestyle="none")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(top=1.0)
    axes.set_xlabel("identities in the gallery", color=canvas.INK)
    axes.set_ylabel("FPIR", color=canvas.INK)
    axes.grid(color="#e4e7eb", linewidth=0.8)
    axes.tick_params(length=0, colors=canvas.FAINT)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return canvas.save(figure, path)

"""The curves of a training."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semihard._core.canvas import FAINT, INK, fitted, new_figure, picture_format, save, write_heading

_COLORS = {"training": "#1f5fa8", "validation": "#d1571b"}
# Panels side by side; more would make a picture that no screen holds.
_COLUMNS = 4


def plot_training(
    history: Mapping[str, Sequence[float]], path: str | os.PathLike[str], *, title: str | None = None
) -> Path:
    """Draw the loss, and each metric in a panel of its own, by epoch.

    Args:
        history: name → value of each epoch, as `model.fit(...).history`; "val_x" is drawn beside "x".
        path: where to write; PNG or SVG by its suffix.
        title: a line above the picture.

    Returns:
        `path`.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: `history` is empty, or the suffix is neither .png nor .svg.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> plot_training({"loss": [0.6, 0.5, 0.45]}, tempfile.mkdtemp() + "/history.png").name
        'history.png'
    """
    picture_format(path)
    curves = {name: list(values) for name, values in history.items() if len(values)}
    if not curves:
        raise ValueError("Expected `history` to hold the values of at least one epoch. Received: none. Train first.")
    names = sorted({name.removeprefix("val_") for name in curves}, key=lambda name: (name != "loss", name))
    columns = min(len(names), _COLUMNS)
    rows = -(-len(names) // columns)
    figure = new_figure(6.4 * columns, 4.2 * rows)
    if title:
        write_heading(figure, title)
    panels = figure.subplots(rows, columns, squeeze=False).reshape(-1)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    ends = [
        _panel(axes, name, {"training": curves.get(name, []), "validation": curves.get(f"val_{name}", [])})
        for axes, name in zip(panels, names, strict=False)
    ]
    figure.draw_without_rendering()
    for pair in ends:
        _part(figure, pair)
    return save(figure, path)


def _part(figure: Any, texts: Sequence[Any]) -> None:
    """Move two lines of text up and down from each other where curves end at one height."""
    if len(texts) < 2:
        return
    lower, upper = sorted(texts, key=lambda text: text.xy[1])
    missing = (lower.get_window_extent().y1 - upper.get_window_extent().y0) * 72 / figure.dpi + 1
    if missing > 0:
        lower.xyann, upper.xyann = (9, -missing / 2), (9, missing / 2)


def _panel(axes: Any, name: str, curves: Mapping[str, Sequence[float]]) -> list[Any]:
    """Draw one metric; return the texts at the ends of its curves."""
    from matplotlib.ticker import MaxNLocator

    ends = []
    shown = {kind: values for kind, values in curves.items() if values}
    for kind, values in shown.items():
        epochs = range(1, len(values) + 1)
        axes.plot(epochs, values, color=_COLORS[kind], linewidth=2.2, marker="o", markersize=5, clip_on=False)
        text = f"{values[-1]:.4g}" if len(shown) == 1 else f"{kind} {values[-1]:.4g}"
        end = axes.annotate(
            text,
            (len(values), values[-1]),
            xytext=(9, 0),
            textcoords="offset points",
            color=_COLORS[kind],
            fontweight="bold",
            verticalalignment="center",
            annotation_clip=False,
        )
        ends.append(end)
    title, size = fitted(axes.figure, name.replace("_", " "), 5, 12, smallest=9, fontweight="bold")
    axes.set_title(title, loc="left", color=INK, fontsize=size, fontweight="bold", parse_math=False)
    axes.set_xlabel("epoch", color=INK)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.margins(x=0.04, y=0.12)
    axes.grid(axis="y", color="#e4e7eb", linewidth=0.8)
    axes.tick_params(length=0, colors=FAINT)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#c5cad1")
    return ends

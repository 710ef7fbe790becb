"""What every picture here shares: a figure without pyplot, saved whole or not at all."""

import os
from pathlib import Path
from typing import Any

from semihard._core.extras import PLOTS, MissingPackage
from semihard._core.files import whole_path
from semihard._core.text import one_line

INK = "#22262b"
FAINT = "#8a9099"
# Points: the names at an axis.
TICKS = 10.0
# No line of a picture holds more.
_MOST_LETTERS = 400


def new_figure(width: float, height: float, layout: Any = "constrained") -> Any:
    """Return an empty white `matplotlib.figure.Figure` of `width` × `height` inches that no global state knows of."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingPackage("matplotlib", PLOTS, error) from error
    figure = Figure(figsize=(width, height), dpi=160, facecolor="white", layout=layout)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Any, path: str | os.PathLike[str]) -> Path:
    """Write `figure` to `path` as PNG or SVG, as the suffix says, and return the path."""
    kind = picture_format(path)
    with whole_path(path) as temporary:
        figure.savefig(temporary, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return Path(path)


def fitted(
    figure: Any, text: Any, inches: float, size: float, *, smallest: float | None = None, **font: Any
) -> tuple[str, float]:
    """Return a text as one line, and a font size at which it is at most as wide as `inches`.

    It gets smaller down to `smallest`, and then loses its middle to an ellipsis.

    Args:
        figure: to measure on.
        text: any text.
        inches: the room there is.
        size: font size in points, if the text fits.
        smallest: font size in points; by default `size`.
        font: as of matplotlib's texts, `fontweight` for example.
    """
    line = _cut(one_line(text), _MOST_LETTERS)
    width, _ = measured_text(figure, line, size, **font)
    if width <= inches:
        return line, size
    # A little smaller than in proportion, for hinting makes widths uneven.
    size = max(0.97 * size * inches / width, smallest or size)
    # A letter more is wider.
    low, high = 1, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if measured_text(figure, _cut(line, middle), size, **font)[0] <= inches:
            low = middle
        else:
            high = middle - 1
    return _cut(line, low), size


def _cut(line: str, letters: int) -> str:
    """Return a line of at most so many letters: its beginning and its end, in which long names often differ."""
    end = 2 * (letters - 1) // 5
    return line if letters >= len(line) else line[: letters - 1 - end] + "…" + line[len(line) - end :]


def write_heading(figure: Any, text: Any) -> None:
    """Write a line above all panels of a figure with a layout engine, within its width."""
    line, size = fitted(figure, text, 0.96 * figure.get_figwidth(), 13, smallest=9)
    figure.suptitle(line, color=INK, fontsize=size, parse_math=False)


def measured_text(figure: Any, line: str, size: float, **font: Any) -> tuple[float, float]:
    """Return the width and the height of a line in inches, with a font of `size` points."""
    drawn = figure.text(0, 0, line, fontsize=size, parse_math=False, **font)
    box = drawn.get_window_extent()
    drawn.remove()
    return float(box.width) / figure.dpi, float(box.height) / figure.dpi


def picture_format(path: str | os.PathLike[str]) -> str:
    """Return "png" or "svg" by the suffix of `path`; raise `ValueError` for any other."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".png", ".svg"):
        raise ValueError(f"Expected a path that ends in .png or .svg. Received: {os.fspath(path)!r}.")
    return suffix[1:]

"""Rows of samples side by side, each in a frame that says what it is, with lines of text below it."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from semihard._core.canvas import FAINT, INK, fitted, new_figure, save
from semihard._core.images import as_floats
from semihard._core.text import one_line


class Mark(NamedTuple):
    """What a sample is, said by colour, by the line of the frame, and by a sign: not all readers see the colours."""

    color: str
    line: Any
    sign: str


NEUTRAL = Mark(INK, "-", "")
RIGHT = Mark("#1f5fa8", "-", "✓ ")
WRONG = Mark("#c2410c", (0, (2.2, 1.2)), "✗ ")

# All in inches.
SIDE = 0.8
_GAP = 0.2
_LINE = 0.155
_EDGE = 0.2
_TITLE = 0.4
_NARROWEST = 4.2  # holds the heads of the columns


class Strip:
    """A figure whose one pair of axes counts inches from the upper left.

    Args:
        images: [n, …] as `checked_images` returns them.
        rows, columns: of samples.
        right: inches to keep free at the right of the samples.
        apart: inches to keep free between the first column and the second.
        title: a line above all, or None.
    """

    def __init__(
        self, images: np.ndarray[Any, Any], rows: int, columns: int, *, apart: float, right: float, title: str | None
    ) -> None:
        self.images, self.apart = images, apart
        self.height = SIDE * images.shape[1] / images.shape[2]
        self.step = self.height + 2 * _LINE + 0.22
        self.top = _EDGE + 2 * _LINE + (_TITLE if title else 0)
        width = max(self.left(columns) + right - _GAP + _EDGE, _NARROWEST)
        height = self.top + rows * self.step
        self.figure = new_figure(width, height, layout=None)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
        if title:
            line, size = fitted(self.figure, title, width - 2 * _EDGE, 13, smallest=9, fontweight="bold")
            self.text(_EDGE, _EDGE + 0.12, line, INK, fontsize=size, fontweight="bold", horizontalalignment="left")

    def left(self, column: int) -> float:
        """Where a column begins."""
        return _EDGE + column * (SIDE + _GAP) + (self.apart if column else 0)

    def middle(self, row: int) -> float:
        """The middle of a row's samples."""
        return self.top + row * self.step + self.height / 2

    def head(self, column: int, text: str) -> None:
        """Write over a column."""
        self.text(self.left(column) + SIDE / 2, self.top - 0.13, text, FAINT, fontsize=9.5)

    def head_at(self, x: float, text: str) -> None:
        """Write at the height of the columns' heads, from `x` on."""
        self.text(x, self.top - 0.13, text, FAINT, fontsize=9.5, horizontalalignment="left")

    def sample(self, row: int, column: int, index: int, mark: Mark, line: str, label: Any = None) -> None:
        """Draw a sample in its frame, with a line below it and its label under that."""
        from matplotlib.patches import Rectangle

        x, y = self.left(column), self.top + row * self.step
        extent = (x, x + SIDE, y + self.height, y)
        picture = as_floats(self.images[index])
        self.axes.imshow(picture, extent=extent, cmap="gray", vmin=0, vmax=1, aspect="auto", zorder=1)
        # Outside of the picture, which it would hide.
        frame = {"edgecolor": mark.color, "linestyle": mark.line, "linewidth": 1.2 if mark is NEUTRAL else 2.6}
        wide = 0.03
        corner = (x - wide, y - wide)
        self.axes.add_patch(
            Rectangle(corner, SIDE + 2 * wide, self.height + 2 * wide, facecolor="none", joinstyle="miter", **frame)
        )
        y += self.height + 0.14
        weight = "normal" if mark is NEUTRAL else "bold"
        for text in (mark.sign + line, None if label is None else one_line(label)):
            if text:
                text, _ = fitted(self.figure, text, SIDE + 0.8 * _GAP, 9.5, fontweight=weight)
                self.text(x + SIDE / 2, y, text, mark.color, fontsize=9.5, fontweight=weight)
                y += _LINE

    def write_on(self, row: int, column: int, text: str) -> None:
        """Write over a sample, in its middle."""
        self.text(self.left(column) + SIDE / 2, self.middle(row), text, INK, fontsize=8.5)

    def text(self, x: float, y: float, text: str, color: str, **options: Any) -> None:
        """Write one line, its middle at a height, as it is: no letter of it means mathematics."""
        options = {"horizontalalignment": "center", "verticalalignment": "center", **options}
        self.axes.text(x, y, text, color=color, parse_math=False, **options)

    def save(self, path: str | os.PathLike[str]) -> Path:
        return save(self.figure, path)

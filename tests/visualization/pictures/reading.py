"""What the tests read out of pictures of rows of samples."""

import re
from pathlib import Path

import numpy as np
from matplotlib.image import imread

from semihard.visualization.pictures._strip import NEUTRAL, RIGHT, SIDE, WRONG, Strip

DPI = 160
MARKS = {mark.color: mark for mark in (NEUTRAL, RIGHT, WRONG)}
# Labels that mean something to mathtext, to XML, to a shell or to a terminal, or that are long, or right to left.
HOSTILE = [
    "$\\frac{",
    "_^",
    "\\",
    "<b>&",
    "-->",
    "x" * 200,
    "שלום",
    "a\n\tb",
    "\x00\x1b[31m",
    "",
    "\ud800",
    "\u202eabc",
]


def texts(path: Path) -> list[str]:
    """The texts of an SVG file in drawing order, of which matplotlib leaves a comment before the outlines."""
    found = re.findall("<!-- (.*?) -->", path.read_text())
    return [text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for text in found]


def solid(count: int, height: int = 8, width: int = 8) -> np.ndarray:
    """Images of one colour each, in steps of 3 in red: image i is (3 · i, 200, 0)."""
    images = np.zeros((count, height, width, 3), np.uint8)
    images[..., 0], images[..., 1] = 3 * np.arange(count)[:, None, None], 200
    return images


def samples(path: Path, rows: int, columns: int, images: np.ndarray, apart: float) -> tuple[np.ndarray, np.ndarray]:
    """Which of the `solid` images [rows, columns] a PNG shows, and the colour of the frame around each."""
    picture = imread(path)[..., :3]
    layout = Strip(images, rows, columns, apart=apart, right=0, title=None)
    numbers, frames = np.zeros((rows, columns), int), np.empty((rows, columns), object)
    for row, column in np.ndindex(rows, columns):
        y, x = layout.middle(row), layout.left(column)
        middle = picture[round(y * DPI), round((x + SIDE / 2) * DPI)] * 255
        assert round(middle[1]) == 200
        numbers[row, column] = round(middle[0]) // 3
        frame = picture[round((y - layout.height / 4) * DPI) : round(y * DPI), round((x - 0.06) * DPI) : round(x * DPI)]
        known = [
            color for color in MARKS if (np.abs(frame * 255 - list(bytes.fromhex(color[1:]))).max(axis=-1) < 2).any()
        ]
        assert len(known) == 1
        frames[row, column] = MARKS[known[0]]
    return numbers, frames

"""All samples at once: their pictures at their places on a map, side by side and never over each other."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core import checks
from semihard._core.extras import pillow
from semihard._core.files import whole_path
from semihard._core.images import as_floats, checked_images
from semihard._core.labels import unique_labels
from semihard.visualization.pictures._colors import class_colors
from semihard.visualization.pictures._grid import assign_cells
from semihard.visualization.pictures._samples import checked_labels, checked_points

_WIDTH = 1600
_WHITE = 255
# Of the class's colour: how much of it the paper takes, and how bright the ink is.
_TINT, _INK = 0.35, 0.6
_RIM = 0.2


def write_mosaic(
    images: Any,
    points: Any,
    path: str | os.PathLike[str],
    *,
    labels: Any = None,
    fill: float = 0.5,
    width: int | None = None,
    tile: int | None = None,
) -> Path:
    """Write one PNG with the picture of every sample, each in a cell of its own near its place on the map.

    Clusters stay islands; where samples lie denser than cells they spread outwards. Each sample is there exactly once.
    10,000 digits take about 2 seconds, 60,000 about 20; time and memory grow with the number of samples.

    Args:
        images: one a point: grey [n, height, width] or [n, height, width, 1], bright ink on dark, which is drawn dark
            or in the colour of its class on white; or [n, height, width, 3 or 4] in its own colours, framed in the
            colour of its class. Integers from 0 to 255, or floats from 0 to 1.
        points: [n, 2], finite, as `reduce` returns them.
        path: where to write; PNG.
        labels: [n] or [n, 1], integers or strings; None for no colours.
        fill: the share of cells that hold a sample, above 0 and at most 1. 1 gives a full rectangle; less keeps more of
            the map and of the gaps between clusters.
        width: of the whole in pixels, at most; 1600 by default.
        tile: width of one picture in pixels, instead of the width of the whole.

    Returns:
        `path`.

    Raises:
        ImportError: Pillow is not installed, or matplotlib is not and there are more than ten classes.
        TypeError, ValueError: shapes or lengths that do not fit, a point that is not finite, an option out of its
            range, both `width` and `tile`, a width below one pixel a sample, or a suffix other than .png.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> images, points = np.zeros((3, 8, 8)), [[0, 0], [0, 1], [5, 5]]
        >>> write_mosaic(images, points, tempfile.mkdtemp() + "/mosaic.png", labels=["cat", "cat", "dog"]).name
        'mosaic.png'
    """
    Image = pillow()
    if Path(path).suffix.lower() != ".png":
        raise ValueError(f"Expected a path that ends in .png. Received: {os.fspath(path)!r}.")
    points = checked_points(points)
    images = checked_images(images, len(points))
    fill = checks.open_fraction("fill", fill) if fill != 1 else 1.0
    codes = None
    if labels is not None:
        classes, codes = unique_labels(checked_labels(labels, len(points)))
        colors = [tuple(bytes.fromhex(color[1:])) for color in class_colors(len(classes))]

    ratio = images.shape[1] / images.shape[2]
    cells, rows, columns = _places(points, fill, ratio)
    across, down = _tile_size(width, tile, columns, ratio)
    whole = np.full((rows, down, columns, across, 3), _WHITE, np.uint8)
    for index, (row, column) in enumerate(cells):
        color = None if codes is None else colors[codes[index]]
        picture = Image.fromarray(_painted(as_floats(images[index]), color))
        if picture.size != (across, down):
            picture = picture.resize((across, down), Image.Resampling.LANCZOS, reducing_gap=3)
        whole[row, :, column] = np.asarray(picture)
        if color is not None and images.ndim == 4:
            _frame(whole[row, :, column], color)
    mosaic = Image.fromarray(whole.reshape(rows * down, columns * across, 3))
    if images.ndim == 3:  # few colours: with a palette the file is a third as large, and looks the same
        mosaic = mosaic.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    with whole_path(path) as temporary:
        mosaic.save(temporary, format="PNG", optimize=True)
    return Path(path)


def _places(points: np.ndarray[Any, Any], fill: float, ratio: float) -> tuple[np.ndarray[Any, Any], int, int]:
    """Return each point's cell [n, 2] and the grid's rows and columns, an empty cell wide at each edge.

    Args:
        points: [n, 2].
        fill: the share of cells to use, edges aside.
        ratio: how many times as high as wide a cell is.
    """
    low, spread = points.min(axis=0), np.ptp(points, axis=0)
    middle = low + spread / 2
    # Points on a line would give cells in a line: no map is drawn more than four times as long as wide.
    spread = np.maximum(spread, max(spread.max() / 4, 1e-9))
    columns = math.ceil(math.sqrt(len(points) / fill * ratio * spread[0] / spread[1]))
    rows = math.ceil(len(points) / fill / columns)
    # From 0 to 1, rows downwards. Clusters at the rim need room to spread into, unless every cell is wanted.
    wanted = 0.5 + (points - middle) * [1, -1] / spread * (1 - _RIM * (1 - fill))
    return assign_cells(wanted[:, ::-1] * [rows - 1, columns - 1], rows, columns) + 1, rows + 2, columns + 2


def _tile_size(width: int | None, tile: int | None, columns: int, ratio: float) -> tuple[int, int]:
    if width is not None and tile is not None:
        raise ValueError(f"Expected `width` or `tile`. Received: width={width}, tile={tile}. Leave one out.")
    if tile is not None:
        across = checks.whole_number("tile", tile, 1)
    else:
        width = _WIDTH if width is None else checks.whole_number("width", width, 1)
        across = width // columns
        if across == 0:
            raise ValueError(
                f"Expected `width` of at least {columns}, one pixel for each of the columns. Received: width={width}."
            )
    return across, max(1, round(across * ratio))


def _painted(picture: np.ndarray[Any, Any], color: tuple[int, ...] | None) -> np.ndarray[Any, Any]:
    """Return an image as uint8 [height, width, 3]: grey is ink on paper tinted by the class, colour lies on white."""
    paper, cover = np.full(3, _WHITE, np.float32), picture[..., 3:] if picture.shape[2:] == (4,) else np.float32(1)
    if picture.ndim == 3:
        paint = picture[..., :3] * _WHITE
    else:
        cover = picture[..., None]
        paint = np.array(color or (0, 0, 0), np.float32) * _INK
        paper = paper if color is None else paper - _TINT * (paper - color)
    return np.rint(paint * cover + paper * (1 - cover)).astype(np.uint8)


def _frame(place: np.ndarray[Any, Any], color: tuple[int, ...]) -> None:
    """Paint the edge of a tile [height, width, 3], in place."""
    thick = max(1, min(place.shape[:2]) // 16)
    place[:thick], place[-thick:], place[:, :thick], place[:, -thick:] = color, color, color, color

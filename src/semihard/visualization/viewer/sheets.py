"""Small pictures on a few large ones, which a page can hold."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.extras import pillow
from semihard._core.images import checked_images
from semihard.visualization import projector

# Pixels: of the longer side of a picture, at most and at least; of the side of a sheet; and how many sheets.
_LARGEST, _SMALLEST = 64, 12
_SHEET, _SHEETS = 4096, 4


@dataclass(frozen=True)
class Sheets:
    """Pictures of one size, row after row on square grids of ceil(√m) columns for the m pictures of a sheet.

    Attributes:
        width, height: of a picture, in pixels.
        per_sheet: how many are on each sheet but the last.
        pngs: the sheets, as PNG files.
    """

    width: int
    height: int
    per_sheet: int
    pngs: list[bytes]


def side_for(count: int) -> int | None:
    """Return how many pixels wide and high each of `count` pictures may be, or None where that would be too few.

    Example:
        >>> side_for(10_000), side_for(100_000), side_for(1_000_000)
        (64, 25, None)
    """
    side = min(_LARGEST, _SHEET // math.ceil(math.sqrt(count / _SHEETS)))
    return side if side >= _SMALLEST else None


def make_sheets(images: Any, count: int) -> Sheets | None:
    """Shrink pictures to what a page can hold and lay them out on sheets; None if there are too many.

    Args:
        images: as `semihard.visualization.sprite_sheet` takes them. What is transparent becomes white.
        count: how many samples there are.

    Raises:
        TypeError, ValueError: as `semihard.visualization.sprite_sheet`, or not one picture a sample.
        ImportError: Pillow is not installed.

    Example:
        >>> sheets = make_sheets(np.zeros((5, 28, 20), np.uint8), 5)
        >>> sheets.width, sheets.height, len(sheets.pngs)
        (20, 28, 1)
    """
    images = checked_images(images, count)
    side = side_for(count)
    if side is None:
        return None
    small = _shrunk(images, side)
    per_sheet = (_SHEET // max(small.shape[1:3])) ** 2
    pngs = [png(projector.sprite_sheet(small[i : i + per_sheet])) for i in range(0, count, per_sheet)]
    return Sheets(small.shape[2], small.shape[1], per_sheet, pngs)


def single_pictures(sheets: Sheets, count: int) -> Iterator[NDArray[np.uint8]]:
    """Yield the `count` pictures on `sheets`, uint8 [height, width] or [height, width, 3], one by one."""
    for number, data in enumerate(sheets.pngs):
        sheet = np.asarray(pillow().open(io.BytesIO(data)))
        held = min(sheets.per_sheet, count - number * sheets.per_sheet)
        columns = math.ceil(math.sqrt(held))
        for place in range(held):
            top, left = place // columns * sheets.height, place % columns * sheets.width
            yield sheet[top : top + sheets.height, left : left + sheets.width]


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return pixels [height, width] or [height, width, 3] as a PNG file."""
    buffer = io.BytesIO()
    pillow().fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def _shrunk(images: NDArray[Any], side: int) -> NDArray[np.uint8]:
    height, width = images.shape[1:3]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    rows = []
    for i in range(len(images)):
        # One by one: a copy of all at full size might not fit.
        pixels = projector.sprite_sheet(images[i : i + 1])
        if pixels.ndim == 3 and pixels.shape[2] == 4:
            alpha = pixels[..., 3:].astype(np.uint16)
            pixels = ((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
        if size != (width, height):
            pixels = np.asarray(pillow().fromarray(pixels).resize(size, pillow().Resampling.BOX))
        rows.append(pixels)
    return np.stack(rows)

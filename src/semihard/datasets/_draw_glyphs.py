"""Letters of a font as small grey pictures: only those that the font has."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.extras import pillow
from semihard.datasets._fonts import Face

# Of the picture's side, the size that a font's letters are drawn at.
EM = 0.8


def draw_glyphs(face: Face, characters: list[str], size: int) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield each character with its drawing, uint8 [size, size], ink of 255 in the middle of 0; smaller if too large.

    Those that are left out are empty, or look as what the font draws for what it has not.

    Raises:
        ValueError: the file is no font for FreeType.
        MissingPackage: Pillow is not installed.
    """
    if not characters:
        return
    pixels = round(EM * size)
    font = _font(face, pixels)
    missing = _ink(font, "\U0010ffff")  # no character, so in no font
    for character in characters:
        ink, smaller = _ink(font, character), pixels
        if 0 in ink.shape or np.array_equal(ink, missing):
            continue
        while max(ink.shape) > size:
            smaller = min(smaller * size // max(ink.shape), smaller - 1)  # once more where rounding made it too large
            ink = _ink(_font(face, smaller), character)
        top, left = ((size - side) // 2 for side in ink.shape)
        picture = np.zeros((size, size), np.uint8)
        picture[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
        yield character, picture


def _font(face: Face, pixels: int) -> Any:
    pillow()
    from PIL import ImageFont

    try:
        # The plain layout is in every Pillow, and draws each letter by itself.
        return ImageFont.truetype(str(face.path), pixels, face.number, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise ValueError(f"Expected {face.path} to be a font. Received: {error}. Remove or replace it.") from error


def _ink(font: Any, character: str) -> NDArray[np.uint8]:
    """What is drawn, without the empty rows and columns around it."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = font.getbbox(character)
    canvas = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(canvas).text((1 - left, 1 - top), character, 255, font)
    box = canvas.getbbox()
    return np.asarray(canvas.crop(box) if box else Image.new("L", (0, 0)))

"""One image file as an array of a given size."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
FITS = ("stretch", "crop", "pad")


class CorruptImage(ValueError):
    """A file that cannot be read as an image; `reason` says why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"Expected an image that can be read. Received: {path}: {reason}. Replace or remove the file.")
        self.reason = reason


def decode(path: Path, size: tuple[int, int], channels: int, fit: str) -> np.ndarray[Any, Any]:
    """Return the first frame of an image as uint8 [height, width, channels], upright and resized.

    Raises:
        CorruptImage: the file is missing, truncated, or no image.
    """
    height, width = size
    try:
        with Image.open(path) as opened:
            # JPEG can be decoded at a half, a quarter or an eighth; twice the wanted size leaves filtering its due.
            # Its camera may have lain on a side.
            larger = 2 * max(height, width)
            opened.draft(MODES[channels], (larger, larger))
            opened.load()
            image = ImageOps.exif_transpose(opened)
            if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip to 255
                image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
            image = image.convert(MODES[channels])
    except Exception as error:  # Pillow's readers raise what their formats' parsers raise: OSError, SyntaxError, …
        reason = "no such file" if isinstance(error, FileNotFoundError) else str(error).replace(f" {str(path)!r}", "")
        raise CorruptImage(path, reason or type(error).__name__) from error
    if fit == "crop":
        image = ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)
    elif fit == "pad":
        image = ImageOps.pad(image, (width, height), Image.Resampling.BILINEAR)
    elif image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, np.uint8).reshape(height, width, channels)

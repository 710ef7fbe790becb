"""One image as an array of a given size."""

import os
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from semihard._core.decode import read_image

Pixels = np.ndarray[Any, Any]


def decode(path: str | os.PathLike[str] | bytes, size: tuple[int, int], channels: int, fit: str) -> Pixels:
    """Return the first frame of an image file, or of its bytes: uint8 [height, width, channels], upright and resized.

    Raises:
        CorruptImage: the file is missing, truncated, no image, or of values that have no meaning.
    """
    return fitted(read_image(path, channels, max(size)), size, channels, fit)


def fitted(image: Any, size: tuple[int, int], channels: int, fit: str) -> Pixels:
    """Return a Pillow image of 8 bits a channel as uint8 [height, width, channels], resized."""
    height, width = size
    if fit == "crop":
        image = ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)
    elif fit == "pad":
        image = ImageOps.pad(image, (width, height), Image.Resampling.BILINEAR)
    elif image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, np.uint8).reshape(height, width, channels)

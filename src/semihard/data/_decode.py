"""One image file as an array of a given size."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from semihard._core.decode import read_image

FITS = ("stretch", "crop", "pad")


def decode(path: Path, size: tuple[int, int], channels: int, fit: str) -> np.ndarray[Any, Any]:
    """Return the first frame of an image as uint8 [height, width, channels], upright and resized.

    Raises:
        CorruptImage: the file is missing, truncated, no image, or of values that have no meaning.
    """
    height, width = size
    image = read_image(path, channels, max(height, width))
    if fit == "crop":
        image = ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)
    elif fit == "pad":
        image = ImageOps.pad(image, (width, height), Image.Resampling.BILINEAR)
    elif image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, np.uint8).reshape(height, width, channels)

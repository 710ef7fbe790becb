"""The bytes of pictures as arrays, just as training reads their files; or why they are none."""

import numpy as np
from numpy.typing import NDArray

from semihard._core.decode import CorruptImage, image_size
from semihard.data import Preprocessing

# What folders of pictures hold, as Pillow calls it. Other formats may start programs: EPS does.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")


def pixels_of(picture: bytes, preprocessing: Preprocessing, most: int) -> NDArray[np.generic] | str:
    """Return the array of a picture of at most `most` pixels, or in words why there is none.

    Example:
        >>> pixels_of(b"no picture", Preprocessing(8), 100)
        'cannot identify image file'
    """
    try:
        width, height = image_size(picture, FORMATS)
        if width * height > most:
            return f"expected at most {most:,} pixels, received {width:,} × {height:,}; send a smaller picture"
        return preprocessing(picture)
    except CorruptImage as error:
        return error.reason

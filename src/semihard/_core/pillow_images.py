"""Pillow's images, of any mode, as 8 bits a channel: exactly, or not at all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262  # TIFF's tags
_WHITE_IS_ZERO = 0
# Formats in which Pillow's mode "I", of 32 bits, always holds 16.
_SIXTEEN = ("PNG", "PPM")


def eight_bits(image: Any) -> Any:
    """Return a Pillow image upright, in mode L (grey), RGB or RGBA.

    * 8 bits a channel: as they are. 1 bit: 0 and 255. Palettes, and grey with alpha: RGBA with the same colours.
    * CMYK and YCbCr: RGB by Pillow's formulas, without a colour profile.
    * Unsigned 16 bits: 0 to 65535 become 0 to 255 (the upper byte); 12 bits of a TIFF 0 to 4095.
    * Other integers: from 0 to 255, as they are.
    * Floats: if all lie from 0 to 1 they are multiplied by 255, else from 0 to 255 as they are; both are rounded.

    Raises:
        ValueError: integers or floats outside of these ranges, or NaN.
        OSError, SyntaxError, …: the file behind the image is broken, as Pillow's readers say.
    """
    from PIL import Image, ImageOps

    image.load()
    mode, tags = image.mode, getattr(image, "tag_v2", {})
    sixteen = mode.startswith("I;16") or (mode == "I" and image.format in _SIXTEEN)
    upright = ImageOps.exif_transpose(image)
    if mode in ("L", "RGB", "RGBA") and "transparency" not in image.info:
        return upright
    if sixteen or mode in ("I", "F"):
        values = np.asarray(upright)
        bits = tags.get(_BITS_PER_SAMPLE, (16,))[0] if sixteen else 0
        pixels = (values.astype(np.int64) >> max(bits - 8, 0)).astype(np.uint8) if sixteen else _bytes(values)
        # Pillow turns such pictures over where they have 8 bits, and only there.
        return Image.fromarray(255 - pixels if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else pixels)
    if mode == "1":
        return upright.convert("L")
    transparent = mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info
    return upright.convert("RGBA" if transparent else "RGB")


def _bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    low, high = values.min(), values.max()
    whole = values.dtype.kind in "iu"
    if not (low >= 0 and high <= 255):  # NaN is neither
        expected = "whole numbers from 0 to 255, or 16 bits without sign" if whole else "floats from 0 to 1 or 0 to 255"
        raise ValueError(f"expected {expected}, received values from {low} to {high}; scale them and save it again")
    if whole:
        return values.astype(np.uint8)
    return np.rint(values * np.float32(255) if high <= 1 else values).astype(np.uint8)

"""Arrays of images: which there are, and what their values mean."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.arrays import as_numpy, is_array
from semihard._core.pillow_images import eight_bits

_CHANNELS = (1, 3, 4)


def checked_images(images: Any, count: int | None = None) -> NDArray[Any]:
    """Return images as an array [n, height, width] of grey ones, or [n, height, width, 3 or 4]: RGB or RGBA.

    Args:
        images: [n, height, width] or [n, height, width, c] with c = 1, 3 or 4; or [n, c, height, width], where the last
            axis cannot be c. A NumPy array, a tensor of any backend, or a list of such images or of Pillow's, of one
            size. Integers count from 0 to 255, floats from 0 to 1; False is 0 and True is white.
        count: how many there must be.

    Returns:
        The values as they came, not copied where that can be.

    Raises:
        TypeError: one Pillow image, neither integers nor floats nor booleans, or a list of several of these.
        ValueError: another shape or number, no picture, pictures of several sizes, or values outside of their range.

    Example:
        >>> checked_images(np.zeros((2, 3, 8, 6), np.uint8)).shape, checked_images([[[0.0, 0.5]]]).shape
        ((2, 8, 6, 3), (1, 1, 2))
    """
    pictures = _array(images)
    if pictures.ndim == 4 and pictures.shape[3] not in _CHANNELS and pictures.shape[1] in _CHANNELS:
        pictures = np.moveaxis(pictures, 1, 3)
    if pictures.ndim == 4 and pictures.shape[3] == 1:
        pictures = pictures[..., 0]
    grey, colored = pictures.ndim == 3, pictures.ndim == 4 and pictures.shape[3] in _CHANNELS
    if not (grey or colored) or 0 in pictures.shape or count not in (None, len(pictures)):
        n = "n" if count is None else count
        raise ValueError(
            f"Expected `images` of shape [{n}, height, width] or [{n}, height, width, 1, 3 or 4]. "
            f"Received: shape {np.shape(pictures)}."
        )
    _check_values(pictures)
    return pictures


def as_bytes(pictures: NDArray[Any]) -> NDArray[np.uint8]:
    """Return some of what `checked_images` returned as uint8 from 0 to 255."""
    if pictures.dtype.kind in "iu":
        return pictures.astype(np.uint8, copy=False)
    return (np.clip(pictures.astype(np.float32), 0, 1) * 255 + 0.5).astype(np.uint8)


def as_floats(pictures: NDArray[Any]) -> NDArray[np.float32]:
    """Return some of what `checked_images` returned as float32 from 0 to 1."""
    scaled = pictures / np.float32(255) if pictures.dtype.kind in "iu" else pictures
    return np.clip(scaled.astype(np.float32, copy=False), 0, 1)


def _array(images: Any) -> NDArray[Any]:
    if _of_pillow(images):
        raise TypeError("Expected `images` to be a list of images. Received: one Pillow image. Put it into a list.")
    array = None if isinstance(images, Sequence) else _one(images)
    if array is not None and not (array.dtype.kind == "O" and array.ndim == 1):
        return array
    parts = [_one(image) for image in images]
    shapes = {part.shape for part in parts}
    if len(shapes) > 1:
        few = ", ".join(str(shape) for shape in sorted(shapes)[:3])
        raise ValueError(f"Expected `images` of one size. Received: shapes {few}. Resize or convert them first.")
    kinds = {"i" if part.dtype.kind == "u" else part.dtype.kind for part in parts}
    if len(kinds) > 1:
        names = ", ".join(sorted({str(part.dtype) for part in parts}))
        raise TypeError(f"Expected `images` of one dtype. Received: {names}. Convert them to uint8.")
    return np.stack(parts) if parts else np.empty(0)


def _one(image: Any) -> NDArray[Any]:
    if _of_pillow(image):
        return np.asarray(eight_bits(image))
    try:
        return as_numpy("images", image) if is_array(image) else np.asarray(image)
    except ValueError as error:
        raise ValueError(f"Expected `images` of one size. Received: {error} Resize them first.") from error


def _of_pillow(image: Any) -> bool:
    return hasattr(image, "getbands") and hasattr(image, "convert")


def _check_values(pictures: NDArray[Any]) -> None:
    if pictures.dtype in (np.uint8, np.bool_):
        return
    whole = pictures.dtype.kind in "iu"
    if not whole and "float" not in pictures.dtype.name:
        raise TypeError(f"Expected `images` of uint8, or floats from 0 to 1. Received: dtype {pictures.dtype}.")
    low, high = pictures.min(), pictures.max()
    if whole and (low < 0 or high > 255):
        raise ValueError(
            f"Expected integers of `images` from 0 to 255. Received: values from {low} to {high}. Scale them to uint8."
        )
    # What rounds to a byte is let through: resizing gives 1.0000001.
    if not whole and not (low >= -0.5 / 255 and high <= 255.5 / 255):  # NaN is neither
        if np.isnan(low):
            advice = "Look where NaN comes from, or leave such pictures out."
        elif low >= 0 and high <= 255:
            advice = "Divide them by 255, or pass uint8."
        else:
            advice = "Scale them: (images - lowest) / (highest - lowest)."
        raise ValueError(f"Expected floats of `images` from 0 to 1. Received: values from {low} to {high}. {advice}")

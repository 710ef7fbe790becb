"""The samples' pictures side by side in one PNG, as the Embedding Projector wants them beside the points."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from semihard._extras import IMAGES, MissingPackage
from semihard._files import whole_path

# TensorBoard refuses a sheet that is wider or higher: graphics cards may not hold it.
MAX_SIDE = 8192


def sprite_sheet(images: Any) -> np.ndarray[Any, Any]:
    """Lay pictures out on a square grid, row after row, ceil(√n) of them a row and as many rows.

    Missing places stay 0. The grid is square, even where its last rows stay empty, because the projector divides by the
    number of rows to find a picture's row. Pictures are shrunk where the sheet would be more than 8,192 pixels a side,
    which 28 × 28 pictures reach at 292² = 85,264 of them.

    Args:
        images: [n, height, width] or [n, height, width, c] with c = 1 (grey), 3 (RGB) or 4 (RGBA); uint8, or floats
            from 0 to 1.

    Returns:
        uint8 [side · height, side · width], with a last axis of 3 or 4 for colours, where side = ceil(√n).

    Raises:
        ImportError: the pictures must be shrunk and Pillow is not installed.
        TypeError: neither uint8 nor floats.
        ValueError: another shape, no picture, pictures of several sizes, more than 8,192², or floats outside 0 to 1.

    Example:
        >>> pictures = np.arange(1, 4, dtype=np.uint8)[:, None, None] * np.ones((3, 1, 2), np.uint8)
        >>> sprite_sheet(pictures)
        array([[1, 1, 2, 2],
               [3, 3, 0, 0]], dtype=uint8)

    Source: TensorBoard, plugins/projector/vz_projector: scatterPlotVisualizerSprites.ts, data-provider.ts.
    """
    pictures = _check_images(images)
    count, height, width, *channels = pictures.shape
    side = grid_side(count)
    if side > MAX_SIDE:
        raise ValueError(f"Expected at most {MAX_SIDE}² pictures, one pixel each. Received: {count}. Leave some out.")
    longer = max(height, width)
    room = min(longer, MAX_SIDE // side)
    size = (max(1, height * room // longer), max(1, width * room // longer))
    sheet = np.zeros((side, size[0], side, size[1], *channels), np.uint8)
    for row in range(math.ceil(count / side)):
        line = _as_bytes(pictures[row * side : (row + 1) * side])
        if size != (height, width):
            line = _resized(line, size)
        sheet[row, :, : len(line)] = np.moveaxis(line, 0, 1)
    return sheet.reshape(side * size[0], side * size[1], *channels)


def write_sprite(images: Any, path: str | os.PathLike[str]) -> Path:
    """Write the pictures of a data set as one PNG, whole or not at all (see `sprite_sheet`).

    Args:
        images: as `sprite_sheet` takes them, in the order of the embeddings.
        path: of the file, for instance "RUN/sprite.png".

    Returns:
        `path`.

    Raises:
        ImportError: Pillow is not installed.
        TypeError, ValueError: as `sprite_sheet`.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> path = write_sprite(np.zeros((5, 28, 28), np.uint8), Path(tempfile.mkdtemp()) / "sprite.png")
        >>> read_sprite(path, 5).shape
        (5, 28, 28)
    """
    image = _pillow().fromarray(sprite_sheet(images))
    with whole_path(path) as temporary:
        image.save(temporary, format="PNG")
    return Path(path)


def read_sprite(path: str | os.PathLike[str], count: int) -> np.ndarray[Any, Any]:
    """Read back the pictures that `write_sprite` wrote, or any sheet on a square grid.

    Args:
        path: of the PNG.
        count: how many pictures there are; a sheet of four places may hold two, three or four.

    Returns:
        uint8 [count, height, width] of grey pictures, else [count, height, width, 3 or 4].

    Raises:
        ImportError: Pillow is not installed.
        OSError: the file is missing or no picture.
        ValueError: the sheet cannot be divided into so many pictures.

    Example:
        >>> import tempfile
        >>> pictures = np.random.default_rng(0).integers(0, 256, size=(3, 2, 2, 3), dtype=np.uint8)
        >>> path = write_sprite(pictures, Path(tempfile.mkdtemp()) / "sprite.png")
        >>> bool((read_sprite(path, 3) == pictures).all())
        True
    """
    width, height = sprite_dim(path, count)
    with _pillow().open(path) as opened:
        image = opened if opened.mode in ("L", "RGB", "RGBA") else opened.convert("RGBA")
        sheet = np.asarray(image)
    side = grid_side(count)
    places = np.swapaxes(sheet.reshape(side, height, side, width, *sheet.shape[2:]), 1, 2)
    return places.reshape(side * side, *places.shape[2:])[:count]


def sprite_dim(path: str | os.PathLike[str], count: int) -> tuple[int, int]:
    """Return (width, height) of one of `count` pictures on a sheet; raises as `read_sprite`."""
    with _pillow().open(path) as opened:
        width, height = opened.size
    side = grid_side(count)
    if width % side or height % side:
        raise ValueError(
            f"Expected {path} to hold {count} pictures on a grid of {side} × {side}. "
            f"Received: {width} × {height} pixels, which {side} does not divide. Write it with `write_sprite`."
        )
    return width // side, height // side


def grid_side(count: int) -> int:
    """Return how many pictures stand in a row of a sheet of `count`: ceil(√count)."""
    return math.isqrt(max(count, 1) - 1) + 1


def _resized(pictures: np.ndarray[Any, Any], size: tuple[int, int]) -> np.ndarray[Any, Any]:
    pillow = _pillow()
    return np.stack(
        [np.asarray(pillow.fromarray(p).resize((size[1], size[0]), pillow.Resampling.BOX)) for p in pictures]
    )


def _as_bytes(pictures: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if pictures.dtype == np.uint8:
        return pictures
    pictures = pictures.astype(np.float32)
    if not ((pictures >= 0) & (pictures <= 1)).all():
        raise ValueError(
            f"Expected floats of `images` from 0 to 1. Received: values from {pictures.min()} to {pictures.max()}. "
            "Scale them, or pass uint8."
        )
    return (pictures * 255 + 0.5).astype(np.uint8)


def _check_images(images: Any) -> np.ndarray[Any, Any]:
    try:
        array = np.asarray(images)
    except ValueError as error:
        raise ValueError(f"Expected `images` of one size. Received: {error} Resize them first.") from error
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim not in (3, 4) or 0 in array.shape or (array.ndim == 4 and array.shape[3] not in (3, 4)):
        raise ValueError(
            "Expected `images` of shape [n, height, width] or [n, height, width, 1, 3 or 4]. "
            f"Received: shape {array.shape}."
        )
    if array.dtype != np.uint8 and "float" not in array.dtype.name:
        raise TypeError(f"Expected `images` of uint8, or floats from 0 to 1. Received: dtype {array.dtype}.")
    return array


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingPackage("pillow", IMAGES, error) from error
    return Image

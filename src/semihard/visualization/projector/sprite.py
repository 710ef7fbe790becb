"""The samples' pictures side by side in one PNG, as the Embedding Projector wants them beside the points."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core.decode import image_size, read_image
from semihard._core.extras import pillow
from semihard._core.files import whole_path
from semihard._core.images import as_bytes, checked_images

# TensorBoard refuses a sheet that is wider or higher: graphics cards may not hold it.
MAX_SIDE = 8192


def sprite_sheet(images: Any) -> np.ndarray[Any, Any]:
    """Lay pictures out on a square grid, row after row, ceil(√n) of them a row and as many rows.

    Missing places stay 0. The grid is square, even where its last rows stay empty, because the projector divides by the
    number of rows to find a picture's row. Pictures are shrunk where the sheet would be more than 8,192 pixels a side,
    which 28 × 28 pictures reach at 292² = 85,264 of them.

    Args:
        images: [n, height, width] or [n, height, width, c] with c = 1 (grey), 3 (RGB) or 4 (RGBA), or the same with
            channels first; an array, a tensor of any backend, or a list of images, also of Pillow's. Integers from 0 to
            255, floats from 0 to 1, or booleans.

    Returns:
        uint8 [side · height, side · width], with a last axis of 3 or 4 for colours, where side = ceil(√n).

    Raises:
        ImportError: the pictures must be shrunk and Pillow is not installed.
        TypeError: neither integers nor floats nor booleans.
        ValueError: another shape, no picture, pictures of several sizes, more than 8,192², or values out of range.

    Example:
        >>> pictures = np.arange(1, 4, dtype=np.uint8)[:, None, None] * np.ones((3, 1, 2), np.uint8)
        >>> sprite_sheet(pictures)
        array([[1, 1, 2, 2],
               [3, 3, 0, 0]], dtype=uint8)

    Source: TensorBoard, plugins/projector/vz_projector: scatterPlotVisualizerSprites.ts, data-provider.ts.
    """
    pictures = checked_images(images)
    count, height, width, *channels = pictures.shape
    side = grid_side(count)
    if side > MAX_SIDE:
        raise ValueError(f"Expected at most {MAX_SIDE}² pictures, one pixel each. Received: {count}. Leave some out.")
    longer = max(height, width)
    room = min(longer, MAX_SIDE // side)
    size = (max(1, height * room // longer), max(1, width * room // longer))
    sheet = np.zeros((side, size[0], side, size[1], *channels), np.uint8)
    for row in range(math.ceil(count / side)):
        line = as_bytes(pictures[row * side : (row + 1) * side])
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
    image = pillow().fromarray(sprite_sheet(images))
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
    sheet = np.asarray(read_image(path))
    side = grid_side(count)
    places = np.swapaxes(sheet.reshape(side, height, side, width, *sheet.shape[2:]), 1, 2)
    return places.reshape(side * side, *places.shape[2:])[:count]


def sprite_dim(path: str | os.PathLike[str], count: int) -> tuple[int, int]:
    """Return (width, height) of one of `count` pictures on a sheet; raises as `read_sprite`."""
    width, height = image_size(path)
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
    image = pillow()
    return np.stack([np.asarray(image.fromarray(p).resize((size[1], size[0]), image.Resampling.BOX)) for p in pictures])

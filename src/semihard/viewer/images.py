"""Pictures of the samples from a sprite sheet or a folder."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard import projector
from semihard._core.folders import image_files
from semihard._decode import read_image
from semihard._extras import pillow
from semihard.viewer.sheets import side_for

# Columns that may say which file belongs to a sample.
FILE_COLUMNS = ("image", "file", "path", "filename")


def read_images(
    source: str | os.PathLike[str],
    count: int,
    metadata: Mapping[str, Sequence[Any]],
    progress: Callable[[int, int], object] | None = None,
) -> NDArray[np.uint8] | None:
    """Read the pictures of `count` samples from a sprite sheet or a folder, or return None if there are too many.

    Args:
        source: a PNG on a square grid, as `semihard.projector.write_sprite` makes it; or a folder. If a column of the
            metadata called image, file, path or filename names files in the folder, those are taken; else there must be
            as many pictures as samples, in the order of their names, of which those that begin with a dot or that
            systems leave behind do not count.
        count: how many samples there are.
        metadata: name → one value a sample.
        progress: called with (pictures read, all), where they are files of their own.

    Returns:
        uint8 [count, height, width] or [count, height, width, 3 or 4]; those of a folder in colour, on white squares.

    Raises:
        OSError: there is nothing at `source`, or a file is missing or no picture.
        ValueError: a sheet that is no such grid, or another number of pictures.
        ImportError: Pillow is not installed.
    """
    source, side = Path(source), side_for(count)
    if side is None:
        return None
    if not source.is_dir():
        return projector.read_sprite(source, count)
    files = _files(source, count, metadata)
    pictures = np.empty((count, side, side, 3), np.uint8)
    for i, file in enumerate(files):
        pictures[i] = _thumbnail(file, side)
        if progress is not None:
            progress(i + 1, count)
    return pictures


def _files(folder: Path, count: int, metadata: Mapping[str, Sequence[Any]]) -> list[Path]:
    for name in FILE_COLUMNS:
        if name in metadata:
            return [folder / str(value) for value in metadata[name]]
    found = image_files(folder)
    if len(found) != count:
        raise ValueError(
            f"Expected {count} pictures in {folder}, one a sample in the order of their names. Found: {len(found)}. "
            f"Or name each sample's file in a column of the metadata: {', '.join(FILE_COLUMNS)}."
        )
    return found


def _thumbnail(path: Path, side: int) -> NDArray[np.uint8]:
    image_module = pillow()
    image = read_image(path, 4, side)
    image.thumbnail((side, side), image_module.Resampling.LANCZOS)
    square = image_module.new("RGBA", (side, side), "white")
    square.alpha_composite(image, ((side - image.width) // 2, (side - image.height) // 2))
    return np.asarray(square.convert("RGB"))

"""Pictures of the samples from a sprite sheet or a folder."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.decode import read_image
from semihard._core.extras import pillow
from semihard._core.folders import image_files
from semihard.visualization import projector
from semihard.visualization.viewer.picture_files import is_within, named_files
from semihard.visualization.viewer.sheets import side_for

# Columns that may say which file belongs to a sample.
FILE_COLUMNS = ("image", "file", "path", "filename")
# The grey of a picture that is left out, as the page has it behind pictures.
_NOTHING = (238, 240, 243)


def read_images(
    source: str | os.PathLike[str],
    count: int,
    metadata: Mapping[str, Sequence[Any]],
    progress: Callable[[int, int], object] | None = None,
    *,
    table: str | os.PathLike[str] | None = None,
    outside: bool = False,
    notes: list[str] | None = None,
) -> NDArray[np.uint8] | None:
    """Read the pictures of `count` samples from a sprite sheet or a folder, or return None if there are too many.

    Pictures that lie outside of the folder, by what a table calls them or by a link, are left out unless `outside` asks
    for them: a page that holds them may be sent to others.

    Args:
        source: a PNG on a square grid, as `semihard.visualization.write_sprite` makes it; or a folder. If a column of
            the metadata called image, file, path or filename names files, those are taken (`named_files` says how);
            else there must be as many pictures as samples, in the order of their names, of which those that begin with
            a dot or that systems leave behind do not count.
        count: how many samples there are.
        metadata: name → one value a sample.
        progress: called with (pictures read, all), where they are files of their own.
        table: the directory of the metadata, if it was a file.
        outside: read pictures outside of the folder too.
        notes: gets a sentence on what was left out.

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
    files = _files(source, count, metadata, None if table is None else Path(table), outside)
    left_out = files.count(None)
    if left_out and notes is not None:
        notes.append(
            f"{left_out:,} of {count:,} pictures are left out, for they lie outside of {source} and the page may be "
            "sent to others. Embed them with --outside-images."
        )
    if left_out == count:
        return None
    pictures = np.full((count, side, side, 3), _NOTHING, np.uint8)
    for i, file in enumerate(files):
        if file is not None:
            pictures[i] = _thumbnail(file, side)
        if progress is not None:
            progress(i + 1, count)
    return pictures


def _files(
    folder: Path, count: int, metadata: Mapping[str, Sequence[Any]], table: Path | None, outside: bool
) -> list[Path | None]:
    for name in FILE_COLUMNS:
        if name in metadata:
            return named_files(folder, metadata[name], table=table, outside=outside)
    found = image_files(folder)
    if len(found) != count:
        raise ValueError(
            f"Expected {count} pictures in {folder}, one a sample in the order of their names. Found: {len(found)}. "
            f"Or name each sample's file in a column of the metadata: {', '.join(FILE_COLUMNS)}."
        )
    return [path if outside or is_within(path, folder) else None for path in found]


def _thumbnail(path: Path, side: int) -> NDArray[np.uint8]:
    image_module = pillow()
    image = read_image(path, 4, side)
    image.thumbnail((side, side), image_module.Resampling.LANCZOS)
    square = image_module.new("RGBA", (side, side), "white")
    square.alpha_composite(image, ((side - image.width) // 2, (side - image.height) // 2))
    return np.asarray(square.convert("RGB"))

"""Which files of a folder are samples."""

import os
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
# What systems and devices leave in folders, thumbnails among them.
_LEFT_BEHIND = {"__macosx", "thumbs.db", "@eadir", "$recycle.bin", "system volume information", "lost+found"}


def is_visible(name: str) -> bool:
    """Whether a user means a file or folder of this name: none that begins with a dot, or that systems leave behind.

    Example:
        >>> [is_visible(name) for name in ("cat", ".ipynb_checkpoints", "._cat.png", "__MACOSX", "Thumbs.db")]
        [True, False, False, False, False]
    """
    return not name.startswith(".") and name.lower() not in _LEFT_BEHIND


def image_files(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the image files in `folder` and below it, in the order of the letters of their paths' parts.

    Only names below `folder` are judged by `is_visible`, so that it may itself lie in a hidden one. Links are followed,
    but not to a folder that one is already in.

    Args:
        folder: where to look. Images have one of `SUFFIXES`, in any case.

    Raises:
        OSError: a folder cannot be read.
    """
    return list(_walk(Path(folder), ()))


def _walk(folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[Path]:
    status = folder.stat()
    here = status.st_dev, status.st_ino
    if here in above:  # a link that leads back
        return
    with os.scandir(folder) as entries:
        visible = sorted((entry for entry in entries if is_visible(entry.name)), key=lambda entry: entry.name)
    for entry in visible:
        path = folder / entry.name
        # Of a link that leads to itself `entry.is_dir()` raises.
        if entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and path.is_dir()):
            yield from _walk(path, (*above, here))
        elif path.suffix.lower() in SUFFIXES:
            yield path

"""A gallery's directory: each `save` is a folder of its own that appears complete, and the one before it stays.

    GALLERY/version-3/gallery.json    what it is, with the size and the SHA-256 of the others, and of itself
    GALLERY/version-3/items.json      ids, labels and metadata, a list each
    GALLERY/version-3/vectors.npy     [items, dim]
    GALLERY/version-3/index.usearch   the approximate index, if there is one

Readers take the newest folder and need no lock. A writer holds the lock of the directory.
"""

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.runs.sealed import Damaged, check_described, read_sealed

FORMAT, VERSION = "semihard gallery", 1
MANIFEST, ITEMS, VECTORS, INDEX = "gallery.json", "items.json", "vectors.npy", "index.usearch"
# How often a path without versions is looked at again.
LOOKS = 10


class Saved(NamedTuple):
    """Which gallery, by a random name, and which version of it."""

    gallery: str
    number: int


class Content(NamedTuple):
    """What a version holds.

    Attributes:
        header: what JSON can hold, about the gallery.
        items: name → list of what JSON can hold.
        vectors: real [items, dim].
        write_index: writes the file of the index, if there is one; None, too, where a version was read.
    """

    header: dict[str, Any]
    items: dict[str, Any]
    vectors: NDArray[Any]
    write_index: Callable[[Path], object] | None = None


def read_version(path: str | os.PathLike[str], number: int | None = None) -> tuple[Content, Saved]:
    """Read a version whose files are all as they were written.

    Args:
        path: of the directory.
        number: of the version; by default the newest.

    Raises:
        FileNotFoundError: there is no gallery.
        PermissionError: it cannot be read.
        ValueError: there is no such version, or a file of it is damaged or missing.
    """
    directory = Path(path)
    while True:
        there = versions_in(directory)
        for _ in range(LOOKS):
            if there:
                break
            # A list of a directory is not of one moment: the versions in it may have gone while newer ones came. And
            # where another gallery takes its place, there may be none for a moment.
            time.sleep(0.005)
            there = versions_in(directory)
        if not there:
            inside = next(directory.glob("*/version-*"), None)
            raise FileNotFoundError(
                f"Expected {directory} to be a gallery, as `Gallery.save` writes it. "
                f"Received: {'no version in it' if directory.is_dir() else 'no such directory'}. "
                + ("Check the path." if inside is None else f"Name the gallery in it: {inside.parent}.")
            )
        chosen = there[-1] if number is None else number
        if chosen not in there:
            listed = ", ".join(map(str, there))
            raise ValueError(f"Expected a version that {directory} holds: {listed}. Received: version={chosen!r}.")
        folder = directory / f"version-{chosen}"
        begun = _seal(folder)
        try:
            found = read_folder(folder)
            # Of another gallery that has come in its place, the last files may be.
            if _seal(folder) == begun:
                return found
        except Damaged as error:
            # Two newer versions may have been saved meanwhile, and then this one is gone.
            if _seal(folder) != begun or not folder.exists():
                continue
            others = [f"Gallery.open({str(directory)!r}, version={one})" for one in reversed(there) if one != chosen]
            advice = f"Restore it, or open another version: {' or '.join(others)}." if others else "Restore it."
            raise ValueError(f"Expected {error.file} as it was saved. Received: {error.received}. {advice}") from error


def versions_in(directory: Path) -> list[int]:
    """Return the numbers of the versions in a gallery's directory, ascending."""
    try:
        folders = [path.name for path in directory.glob("version-*") if path.is_dir()]
    except FileNotFoundError:  # it goes while it is read
        return []
    found = (re.fullmatch(r"version-([1-9]\d*)", name) for name in folders)
    return sorted(int(match[1]) for match in found if match)


def _seal(folder: Path) -> bytes | None:
    """Which version of which gallery a folder holds: its manifest, which no other is equal to."""
    try:
        return (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        return None


def index_of(directory: Path, saved: Saved) -> Path:
    """Where the index of a version lies, if it has one."""
    return directory / f"version-{saved.number}" / INDEX


def read_folder(folder: Path) -> tuple[Content, Saved]:
    """Read the folder of a version; raise `Damaged` if a file is not as it was written."""
    manifest = _manifest(folder)
    for name in (ITEMS, VECTORS, *([INDEX] if INDEX in manifest["files"] else [])):
        check_described(folder, name, manifest["files"][name])
    try:
        items = json.loads((folder / ITEMS).read_text(encoding="ascii"))
        vectors = np.load(folder / VECTORS, allow_pickle=False)
    except FileNotFoundError as error:
        raise Damaged(folder, error.strerror) from error
    return Content(manifest["header"], items, vectors), _saved(manifest)


def _manifest(folder: Path) -> dict[str, Any]:
    return read_sealed(folder / MANIFEST, FORMAT, VERSION)


def read_saved(folder: Path) -> Saved:
    """Which gallery a folder is of, and which version; raise `Damaged` if it does not say so."""
    return _saved(_manifest(folder))


def _saved(manifest: dict[str, Any]) -> Saved:
    return Saved(manifest["gallery"], manifest["number"])

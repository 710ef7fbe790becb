"""A gallery's directory: each `save` is a folder of its own that appears complete, and the one before it stays.

    GALLERY/version-3/gallery.json    what it is, with the size and the SHA-256 of the others, and of itself
    GALLERY/version-3/items.json      ids, labels and metadata, a list each
    GALLERY/version-3/vectors.npy     [items, dim]
    GALLERY/version-3/index.usearch   the approximate index, if there is one

Readers take the newest folder and need no lock. A writer holds the lock of the directory.
"""

import datetime
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.runs import writable_directory
from semihard._core.runs.lock import locked
from semihard._core.runs.manifest import describe
from semihard._core.runs.sealed import Damaged, check_described, read_sealed, sealed

FORMAT, VERSION = "semihard gallery", 1
MANIFEST, ITEMS, VECTORS, INDEX = "gallery.json", "items.json", "vectors.npy", "index.usearch"
# What a writer that was killed leaves; the next one removes it.
UNFINISHED, REMOVED = ".unfinished-", ".removed-"
# How often a directory without versions is looked at again.
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


def write_version(path: str | os.PathLike[str], content: Content, base: Saved | None) -> Saved:
    """Write a new version into the gallery's directory; after any failure those before are as they were.

    Args:
        path: of the directory, made if it is missing.
        content: what to write.
        base: the version that `content` was made from; None for a gallery that was never saved.

    Raises:
        BlockingIOError: another process is writing into the directory.
        OSError: it cannot be written to, or the disk is full.
        ValueError: it holds another gallery, or a version that was saved since.
    """
    directory = writable_directory(path)
    with locked(directory):
        base = base if _check_base(directory, base) else None
        for name in (*directory.glob(UNFINISHED + "*"), *directory.glob(REMOVED + "*")):
            shutil.rmtree(name, ignore_errors=True)
        number = max(versions_in(directory), default=0) + 1
        saved = Saved(base.gallery if base else uuid.uuid4().hex, number)
        staging = directory / f"{UNFINISHED}{uuid.uuid4().hex[:12]}"
        staging.mkdir()
        try:
            _write(staging, content, saved)
            staging.replace(directory / f"version-{number}")
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        _to_disk(directory)
        for older in versions_in(directory):
            if older not in (number, base and base.number):
                _remove(directory, older)
    return saved


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
            if there or not directory.is_dir():
                break
            # A list of a directory is not of one moment: the versions in it may have gone while newer ones came.
            time.sleep(0.005)
            there = versions_in(directory)
        if not there:
            raise FileNotFoundError(
                f"Expected {directory} to be a gallery, as `Gallery.save` writes it. "
                f"Received: {'no version in it' if directory.is_dir() else 'no such directory'}. Check the path."
            )
        chosen = there[-1] if number is None else number
        if chosen not in there:
            listed = ", ".join(map(str, there))
            raise ValueError(f"Expected a version that {directory} holds: {listed}. Received: version={chosen!r}.")
        folder = directory / f"version-{chosen}"
        try:
            return _read(folder)
        except Damaged as error:
            # Two newer versions may have been saved meanwhile, and then this one is gone.
            if isinstance(error.__cause__, FileNotFoundError) and not folder.exists():
                continue
            others = [f"Gallery.open({str(directory)!r}, version={one})" for one in reversed(there) if one != chosen]
            advice = f"Restore it, or open another version: {' or '.join(others)}." if others else "Restore it."
            raise ValueError(f"Expected {error.file} as it was saved. Received: {error.received}. {advice}") from error


def versions_in(directory: Path) -> list[int]:
    """Return the numbers of the versions in a gallery's directory, ascending."""
    found = (re.fullmatch(r"version-([1-9]\d*)", path.name) for path in directory.glob("version-*") if path.is_dir())
    return sorted(int(match[1]) for match in found if match)


def index_of(directory: Path, saved: Saved) -> Path:
    """Where the index of a version lies, if it has one."""
    return directory / f"version-{saved.number}" / INDEX


def _check_base(directory: Path, base: Saved | None) -> bool:
    """Whether `base` lies in the directory; raises `ValueError` if a good version lies there that is newer or another.

    Damaged ones do not count, so that one can go on from the good one before them.
    """
    there = versions_in(directory)
    for number in reversed(there):
        try:
            found = _saved(_manifest(directory / f"version-{number}"))
            if found == base:
                return True
            _read(directory / f"version-{number}")
        except Damaged:
            continue
        if base and found.gallery == base.gallery:
            raise ValueError(
                f"Expected version {base.number} to be the newest in {directory}, as it was opened. Received: version "
                f"{number}, which was saved since. Open the gallery again and repeat what you did."
            )
        break
    if there:
        raise ValueError(
            f"Expected {directory} to hold no gallery but this one. Received: another one. "
            "Open that one with `Gallery.open` and add to it, or choose another path."
        )
    return False


def _write(folder: Path, content: Content, saved: Saved) -> None:
    with (folder / VECTORS).open("wb") as vectors:
        np.save(vectors, content.vectors, allow_pickle=False)
        vectors.flush()
        os.fsync(vectors.fileno())
    _write_json(folder / ITEMS, content.items)
    names = [ITEMS, VECTORS]
    if content.write_index is not None:
        content.write_index(folder / INDEX)
        with (folder / INDEX).open("rb+") as index:
            os.fsync(index.fileno())
        names.append(INDEX)
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        **saved._asdict(),
        "saved": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "header": content.header,
        "files": describe(folder, names),
    }
    _write_json(folder / MANIFEST, sealed(manifest))
    _to_disk(folder)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    with path.open("w", encoding="ascii", newline="\n") as handle:  # escapes hold lone surrogates, too
        json.dump(content, handle, allow_nan=False, indent=2 if path.name == MANIFEST else None)
        handle.write("\n")
        handle.flush()
        os.fsync(handle.fileno())


def _to_disk(directory: Path) -> None:
    """Have a power cut leave the names in a directory, where the system can do that."""
    with suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(directory: Path, number: int) -> None:
    # Under another name first: a reader sees all of a version or nothing. Windows keeps what a reader has open.
    gone = directory / f"{REMOVED}{uuid.uuid4().hex[:12]}"
    with suppress(OSError):
        (directory / f"version-{number}").replace(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _read(folder: Path) -> tuple[Content, Saved]:
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


def _saved(manifest: dict[str, Any]) -> Saved:
    return Saved(manifest["gallery"], manifest["number"])

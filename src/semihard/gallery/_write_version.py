"""A new version in a gallery's directory: a folder of its own that appears complete, or not at all."""

import datetime
import json
import os
import shutil
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core.runs import writable_directory
from semihard._core.runs.lock import locked
from semihard._core.runs.manifest import describe
from semihard._core.runs.sealed import Damaged, sealed
from semihard.gallery._versions import (
    FORMAT,
    INDEX,
    ITEMS,
    MANIFEST,
    VECTORS,
    VERSION,
    Content,
    Saved,
    read_folder,
    read_saved,
    versions_in,
)

# What a writer that was killed leaves; the next one removes it.
UNFINISHED, REMOVED = ".unfinished-", ".removed-"


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


def _check_base(directory: Path, base: Saved | None) -> bool:
    """Whether `base` lies in the directory; raises `ValueError` if a good version lies there that is newer or another.

    Damaged ones do not count, so that one can go on from the good one before them.
    """
    there = versions_in(directory)
    for number in reversed(there):
        try:
            found = read_saved(directory / f"version-{number}")
            if found == base:
                return True
            read_folder(directory / f"version-{number}")
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

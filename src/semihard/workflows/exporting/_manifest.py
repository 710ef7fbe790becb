"""`bundle.json`, which says what a bundle holds, and by which the bundle is found to be whole."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from semihard._core.files import whole_file
from semihard._core.runs.manifest import describe
from semihard._core.runs.sealed import Damaged, check_described, read_sealed, sealed

FORMAT, VERSION = "semihard bundle", 1
MANIFEST = "bundle.json"
# The gallery's own files say whether they are whole; one may add to it, and then they are others.
GALLERY = "gallery"


def write_bundle_json(folder: Path, about: Mapping[str, Any], kinds: Mapping[str, str]) -> None:
    """Write `bundle.json` for the files in `folder`.

    Args:
        about: what JSON can hold.
        kinds: first part of a file's path → what the file is, for all files but those of the gallery.
    """
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    listed = describe(folder, [name for name in names if name.split("/")[0] in kinds])
    files = {name: {"what": kinds[name.split("/")[0]], **found} for name, found in listed.items()}
    content = {"format": FORMAT, "version": VERSION, **about, "files": files}
    with whole_file(folder / MANIFEST) as file:
        json.dump(sealed(content), file, indent=2, allow_nan=False)
        file.write("\n")


def read_bundle_json(folder: Path) -> dict[str, Any]:
    """Return what `bundle.json` says, after each file that it lists was compared with its SHA-256.

    Raises:
        OSError: there is none, or a file cannot be read.
        ValueError: a file is damaged or missing; the message names it.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a bundle, as `semihard export` writes it. Received: {folder}, "
            f"{f'with no {MANIFEST} in it' if folder.is_dir() else 'which is no directory'}."
        )
    try:
        found = read_sealed(path, FORMAT, VERSION)
        for name, wanted in found["files"].items():
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise Damaged(path, f"a file outside of the bundle, {name!r}")
            check_described(folder, name, wanted)
    except Damaged as error:
        raise ValueError(
            f"Expected {error.file} as it was exported. Received: {error.received}. Copy the bundle again from "
            "where it was made, or export it again."
        ) from error
    return found

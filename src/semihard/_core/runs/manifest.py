"""`run.json`, which says what a run's directory holds."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from semihard._core.files import whole_file

MANIFEST = "run.json"
# Where a run writes until it is complete, in the directory that it is to fill.
UNFINISHED = "unfinished"


def read_manifest(directory: Path) -> dict[str, Any] | None:
    """Return what `run.json` in `directory` says, or None if there is none or it is no run's.

    Keys: "run", an id; "state": "running", "finished", or "replacing" while the files of a run take the places of
    those before; "started", "finished": ISO 8601, UTC; "files": name → {"bytes", "sha256"}.
    """
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return manifest if isinstance(manifest, dict) and isinstance(manifest.get("state"), str) else None


def write_manifest(directory: Path, manifest: dict[str, Any]) -> None:
    with whole_file(directory / MANIFEST) as handle:
        json.dump(manifest, handle, indent=2)
        handle.write("\n")


def describe(directory: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the size and the hash of each of these files: name → {"bytes", "sha256"}.

    Example:
        >>> import tempfile
        >>> directory = Path(tempfile.mkdtemp())
        >>> _ = (directory / "a.txt").write_bytes(b"abc")
        >>> describe(directory, ["a.txt"])["a.txt"]["bytes"]
        3
    """
    found = {}
    for name in sorted(names):
        with (directory / name).open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
            found[name] = {"bytes": os.fstat(handle.fileno()).st_size, "sha256": digest}
    return found


def files_in(directory: Path) -> list[str]:
    """Names of all files in `directory` but `run.json`, with "/" between folders and in order."""
    names = (path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())
    return sorted(name for name in names if name != MANIFEST)


def files_of(manifest: dict[str, Any] | None, directory: Path) -> set[str]:
    """Names of the files that a manifest lists, but for those that lead out of `directory`."""
    listed = (manifest or {}).get("files")
    root = directory.resolve()
    return {
        name
        for name in (listed if isinstance(listed, dict) else {})
        if not PurePosixPath(name).is_absolute()
        and (directory / name).parent.resolve().is_relative_to(root)
        and ".." not in PurePosixPath(name).parts
        and name != MANIFEST
    }

"""The files of a complete run take the places of those of the run before it."""

import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from semihard._core.runs.manifest import MANIFEST, UNFINISHED, files_in, files_of, read_manifest, write_manifest


def replace_files(directory: Path, before: Collection[str]) -> None:
    """Remove the files `before`, and move what lies in `directory`/unfinished into `directory`; under its lock.

    `run.json` says "replacing" meanwhile, and names what is to go, so that this can be done to the end after a stop.
    """
    files = directory / UNFINISHED
    new = files_in(files)
    manifest: dict[str, Any] = {**(read_manifest(files) or {}), "state": "replacing"}
    write_manifest(directory, {**manifest, "replaced": dict.fromkeys(before)})
    for name in sorted({*before} - {*new}):
        (directory / name).unlink(missing_ok=True)
        if "/" in name:
            with suppress(OSError):  # other files are in it
                (directory / name).parent.rmdir()
    for name in new:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (files / name).replace(directory / name)
    (files / MANIFEST).replace(directory / MANIFEST)
    shutil.rmtree(files)


def complete_replacement(directory: Path) -> None:
    """Do to the end what `replace_files` began, if it was stopped; under the directory's lock."""
    manifest, staged = read_manifest(directory), read_manifest(directory / UNFINISHED)
    if manifest and manifest["state"] == "replacing" and staged and staged["state"] == "finished":
        new = files_of(staged, directory)  # of which some are in place
        replace_files(directory, files_of({"files": manifest.get("replaced")}, directory) - new)

"""A gallery that is there already: what it is, and the index that it may lack."""

import dataclasses
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from semihard.gallery import Gallery
from semihard.workflows.searching._add import read_job
from semihard.workflows.searching._indexed import Indexed
from semihard.workflows.searching.run_files import INDEX


def made_before(out: Path, target: Path, job: str, changed: float, overwrite: bool) -> Indexed | None:
    """What is there, if it is just this; raise if it is anything else, and no gallery to replace.

    Args:
        out, target, job, changed: as of `already_added`.
        overwrite: whether a gallery may be replaced.

    Raises:
        NotADirectoryError: the target is a file.
        FileExistsError: it holds something else.
    """
    if not os.path.lexists(target):
        return None
    if not target.is_dir():
        raise NotADirectoryError(f"Expected a directory for the gallery. Received: {target}, a file.")
    inside = sorted(path.name for path in target.iterdir())
    if not inside:
        return None
    about = read_job(target)
    with suppress(OSError, ValueError, KeyError, TypeError):  # then it is not what is to be made
        whole = about["job"] == job and changed <= (target / INDEX).stat().st_mtime
        if whole and not (overwrite and about.get("added")):
            there = Gallery.open(target)
            failed = [(path, reason) for path, reason in about["failed"]]
            return Indexed(
                out, len(there), there.classes, there.threshold, failed, about["said"], False, index=there.index
            )
    if overwrite and any(name.startswith("version-") for name in inside):
        return None
    advice = "" if overwrite else ", add to the gallery that is there (add), or replace it (overwrite)"
    raise FileExistsError(
        f"Expected a new or empty directory for the gallery. Received: {target}, which holds {inside[0]}, for one. "
        f"Choose another path{advice}."
    )


def with_index(done: Indexed, target: Path, progress: Callable[[int, int], object] | None) -> Indexed:
    """Give a gallery that is there an index."""
    gallery = Gallery.open(target)
    found = gallery.build_index(progress)
    gallery.save()
    return dataclasses.replace(done, index=found, made=True)

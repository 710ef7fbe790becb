"""Whether the files in a directory are those of one complete run."""

import os
from contextlib import suppress
from pathlib import Path

from semihard._core.runs.lock import is_locked, locked
from semihard._core.runs.manifest import UNFINISHED, read_manifest
from semihard._core.runs.replace_files import complete_replacement


def check_run(path: str | os.PathLike[str], wanted: str) -> str | None:
    """Return a line about what is not as it might seem in the directory of a run, or None.

    If a run was stopped while its files took their places, that is completed here. A directory that no run made, with
    files that somebody wrote there, needs no word.

    Args:
        path: the directory.
        wanted: the name of a file that is to be read.

    Raises:
        ValueError: the run that would have written `wanted` is not finished, or files of two runs lie there.

    Example:
        >>> import tempfile
        >>> check_run(tempfile.mkdtemp(), "vecs.tsv")
    """
    directory = Path(path)
    with suppress(OSError):  # it is being done, or cannot be done from here
        if (read_manifest(directory) or {}).get("state") == "replacing":
            with locked(directory):
                complete_replacement(directory)
    manifest, later = read_manifest(directory), read_manifest(directory / UNFINISHED)
    at_work = is_locked(directory.parent if directory.name == UNFINISHED else directory)
    state = "is still running" if at_work else "did not finish"
    if manifest and manifest["state"] == "replacing":
        raise ValueError(
            f"Expected {directory} to hold the files of one run. Received: those of run {manifest.get('run')} were "
            f"taking the places of others when it was ended. Try again where {directory} can be written to."
        )
    if manifest and manifest["state"] == "running":
        return f"the run in {directory} {state}: these are the files that it has written so far."
    if later is None:
        return None
    if not (directory / wanted).exists():
        raise ValueError(
            f"Expected a finished run in {directory}. Received: one that {state}. Its files so far are in "
            f"{directory / UNFINISHED}. {'Wait for its end.' if at_work else 'Start it again.'}"
        )
    return f"a later run into {directory} {state}: these are the files of the one before it."

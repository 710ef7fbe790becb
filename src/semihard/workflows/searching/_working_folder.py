"""The folder in which something is made beside its place: what is whole stays where the work is ended.

OUT.unfinished/job.json       what is being done: other parts are not of this job
OUT.unfinished/**/part-*      what of it is made
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semihard._core.files import whole_file
from semihard._core.runs.lock import locked

JOB, ENDING = "job.json", ".unfinished"


@contextmanager
def working_folder(out: Path, job: str) -> Iterator[Path]:
    """Yield the folder beside `out` in which it is made, with the parts of the same job that are there; remove it then.

    After an exception it stays, if a part is done and the pictures can be used.

    Raises:
        BlockingIOError: another process works in it.
        OSError: it cannot be made, or holds something else.
    """
    folder = out.with_name(out.name + ENDING)
    if os.path.lexists(folder) and not folder.is_dir():
        raise FileExistsError(f"Expected {folder} to be free. Received: a file. Move it away.")
    folder.mkdir(exist_ok=True)
    with locked(folder):
        if not (folder / JOB).is_file() and any(path.name[0] != "." for path in folder.iterdir()):
            raise FileExistsError(f"Expected {folder} to be free. Received: a folder of something else. Move it away.")
        if not _is_of(folder, job):
            _empty(folder)
            with whole_file(folder / JOB) as file:
                json.dump({"job": job}, file)
        for left in (*folder.rglob(".part-*"), *folder.glob(".job.*")):  # of a process that was killed
            left.unlink(missing_ok=True)
        try:
            yield folder
        except BaseException as error:
            # Of pictures that cannot be used nothing is worth going on from.
            if isinstance(error, ValueError) or not any(folder.rglob("part-*")):
                shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def discard_working_folder(out: Path) -> None:
    """Remove what a process that was killed at its very end has left, if it did."""
    folder = out.with_name(out.name + ENDING)
    if (folder / JOB).is_file():
        with locked(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_of(folder: Path, job: str) -> bool:
    try:
        return bool(json.loads((folder / JOB).read_text(encoding="utf-8")) == {"job": job})
    except (OSError, ValueError):
        return False


def _empty(folder: Path) -> None:
    for path in folder.glob("[!.]*"):  # not the lock
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

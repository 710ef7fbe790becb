"""A gallery takes the place of another, which is whole until then; what else lies beside it stays."""

import os
import shutil
from pathlib import Path

from semihard._core.runs.exchange import exchange
from semihard._core.runs.lock import NAME, locked
from semihard.workflows.searching._indexed import FAILED, THRESHOLD
from semihard.workflows.searching._working_folder import ENDING
from semihard.workflows.searching.run_files import INDEX, MODEL, PREPROCESSING

_OLD = "replaced"
_OURS = {FAILED, THRESHOLD, INDEX, MODEL, PREPROCESSING, NAME}


def replace_gallery(target: Path, new: Path) -> None:
    """Put the directory `new` at `target`, whose files of ours go.

    A reader finds either of the two. Ended between the steps, what is at `target` is whole, and `bring_back` does what
    is left. Where the system cannot exchange directories nothing is there for a moment, for which readers wait.

    Raises:
        BlockingIOError: a process is writing into `target`.
    """
    with locked(target):
        pass
    old = new.with_name(_OLD)
    # Under this name first: whatever ends the call, `bring_back` finds what is to be cleared.
    new.replace(old)
    if not exchange(old, target):
        old.replace(new)
        target.replace(old)
        new.replace(target)
    _clear(old, target)


def bring_back(target: Path) -> None:
    """Do to the end what `replace_gallery` began in a process that was killed, or undo it."""
    folder = target.with_name(target.name + ENDING)
    old = folder / _OLD
    if not old.is_dir():
        return
    with locked(folder):
        if os.path.lexists(target):
            _clear(old, target)
        else:
            old.replace(target)


def _clear(old: Path, target: Path) -> None:
    for path in list(old.iterdir()):
        if path.name not in _OURS and not path.name.startswith(("version-", ".unfinished-", ".removed-")):
            path.replace(target / path.name)
    shutil.rmtree(old)

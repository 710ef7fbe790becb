"""The directory of a run: whose files lie there, whether they are all there, and who writes at this moment."""

from semihard._core.runs.epochs import read_epochs
from semihard._core.runs.manifest import MANIFEST, UNFINISHED
from semihard._core.runs.run_directory import add_to_run, nothing_left, run_directory, writable_directory
from semihard._core.runs.status import check_run
from semihard._core.runs.whole_directory import check_free, whole_directory

__all__ = [
    "MANIFEST",
    "UNFINISHED",
    "add_to_run",
    "check_free",
    "check_run",
    "nothing_left",
    "read_epochs",
    "run_directory",
    "whole_directory",
    "writable_directory",
]

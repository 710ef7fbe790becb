"""A directory of many files that appears whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semihard._core.files import unfinished
from semihard._core.runs.lock import locked
from semihard._core.runs.run_directory import nothing_left, writable_directory

ENDING, CONTENT = ".unfinished", "content"


@contextmanager
def whole_directory(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a directory to fill; it becomes `path` when the block ends without an exception.

    Until then it lies in `path`.unfinished, which goes with the block. One that a killed process has left is used
    again.

    Args:
        path: where the directory shall be: nothing, or an empty directory.

    Raises:
        BlockingIOError: another process is making it.
        OSError: `path` holds something already, or cannot be written to.

    Example:
        >>> import tempfile
        >>> place = Path(tempfile.mkdtemp())
        >>> with whole_directory(place / "notes") as folder:
        ...     _ = (folder / "note.txt").write_text("all of it")
        >>> [file.relative_to(place).as_posix() for file in sorted(place.rglob("*"))]
        ['notes', 'notes/note.txt']
    """
    target = Path(os.path.abspath(path))  # noqa: PTH100 - a link stays one, and ".." goes
    check_free(target)
    with nothing_left(target.parent):
        working = writable_directory(target.parent) / (target.name + ENDING)
        if os.path.lexists(working) and (working.is_symlink() or not working.is_dir()):
            raise FileExistsError(f"Expected {working} to be free. Received: a file. Move it away.")
        working.mkdir(exist_ok=True)
        with locked(working):
            if any(file.name not in (CONTENT,) and file.name[0] != "." for file in working.iterdir()):
                raise FileExistsError(
                    f"Expected {working} to be free. Received: a folder of something else. Move it away."
                )
            staged = working / CONTENT
            unfinished.add(working)
            try:
                shutil.rmtree(staged, ignore_errors=True)
                staged.mkdir()
                yield staged
                for file in (found for found in staged.rglob("*") if found.is_file()):
                    with file.open("rb+") as written:
                        os.fsync(written.fileno())
                if target.is_dir():
                    target.rmdir()  # it is empty, or is left as it is
                staged.replace(target)
            finally:
                shutil.rmtree(working, ignore_errors=True)
                unfinished.discard(working)


def check_free(path: str | os.PathLike[str]) -> None:
    """Raise `FileExistsError` if there is anything at `path` but an empty directory."""
    target = Path(path)
    if not os.path.lexists(target):
        return
    inside = sorted(file.name for file in target.iterdir()) if target.is_dir() else ["no directory"]
    if inside:
        raise FileExistsError(
            f"Expected a new or empty directory. Received: {target}, which "
            f"{f'holds {inside[0]}, for one' if target.is_dir() else 'is none'}. Choose another path."
        )

"""A directory that holds the files of one run: complete ones, and never those of two."""

import datetime
import os
import platform
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from semihard._core.runs.lock import busy, is_locked, locked
from semihard._core.runs.manifest import (
    MANIFEST,
    UNFINISHED,
    describe,
    files_in,
    files_of,
    read_manifest,
    write_manifest,
)
from semihard._core.runs.replace_files import complete_replacement, replace_files


@contextmanager
def run_directory(path: str | os.PathLike[str], owns: Sequence[str] = (), *, resume: bool = False) -> Iterator[Path]:
    """Yield a directory to write a run's files into; they take their places in `path` together, once all are there.

    Until then `path` keeps what an earlier run left in it. Then every file of that run goes that its `run.json` lists,
    and other files stay. After an exception, Ctrl-C or a power cut, what was complete stays in `path`/unfinished, whose
    `run.json` says "running", until the next run begins.

    Args:
        path: made if it is missing.
        owns: names, or patterns as `Path.glob` takes them, of files that such a run writes: for a directory from
            before there was a `run.json`.
        resume: go on in the `path`/unfinished of a run that was ended, with all that is there.

    Raises:
        BlockingIOError: another process is writing into `path`.
        FileNotFoundError: there is no such run to resume.
        OSError: `path` cannot be written to, has a directory where a file is to be, or something of another kind under
            the name `unfinished`.
        ValueError: `path` is empty.

    Example:
        >>> directory = Path(tempfile.mkdtemp())
        >>> with run_directory(directory) as files:
        ...     _ = (files / "vecs.tsv").write_text("1")
        ...     sorted(path.name for path in directory.glob("[!.]*"))
        ['unfinished']
        >>> sorted(path.name for path in directory.iterdir()), read_manifest(directory)["state"]
        (['run.json', 'vecs.tsv'], 'finished')
    """
    directory = writable_directory(path)
    for name in (*owns, MANIFEST):
        if (directory / name).is_dir():
            raise IsADirectoryError(
                f"Expected a file's place. Received: {directory / name}, a directory. Move it away."
            )
    files = directory / UNFINISHED
    with locked(directory):
        complete_replacement(directory)
        begun = read_manifest(files) if resume else None
        if resume and begun is None:
            raise FileNotFoundError(f"Expected an unfinished run in {directory}. Received: none. Start one.")
        if begun is None:
            _remove_unfinished(files)
            files.mkdir()
        manifest: dict[str, Any] = {
            "run": uuid.uuid4().hex[:12],
            "state": "running",
            "started": _now(),
            **{name: value for name, value in (begun or {}).items() if name in ("run", "started")},
            "process": {"id": os.getpid(), "host": platform.node()},
        }
        try:
            write_manifest(files, manifest)
            yield files
            complete = {**manifest, "state": "finished", "finished": _now()}
            del complete["process"]  # which is none of those who are sent the run
            write_manifest(files, {**complete, "files": describe(files, files_in(files))})
        except BaseException:
            if not files_in(files):
                shutil.rmtree(files, ignore_errors=True)
            raise
        of_others = files_of(read_manifest(directory), directory)
        of_others |= {found.relative_to(directory).as_posix() for name in owns for found in directory.glob(name)}
        replace_files(directory, of_others)


def _remove_unfinished(files: Path) -> None:
    if not os.path.lexists(files):
        return
    if read_manifest(files) is None and (files.is_symlink() or not files.is_dir() or any(files.iterdir())):
        raise FileExistsError(
            f"Expected nothing but an unfinished run at {files}. Received: something else. Move it away."
        )
    shutil.rmtree(files)


def writable_directory(path: str | os.PathLike[str]) -> Path:
    """Make the directory of a run if it is missing, and raise now if no run can be written into it (see there).

    Example:
        >>> writable_directory(Path(tempfile.mkdtemp()) / "new").name
        'new'
    """
    if not os.fspath(path):
        raise ValueError("Expected the path of a directory. Received: ''. Name one, as '.' for this one.")
    directory = Path(path)
    if directory.exists() and not directory.is_dir():
        raise NotADirectoryError(f"Expected a directory. Received: {directory}, which is none. Choose another path.")
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory):
        pass
    if is_locked(directory):
        raise busy(directory)
    return directory


@contextmanager
def nothing_left(path: str | os.PathLike[str]) -> Iterator[None]:
    """After an exception in the block, remove `path` and its parents if they were not there before and are empty.

    Example:
        >>> directory = Path(tempfile.mkdtemp()) / "new"
        >>> with suppress(ValueError), nothing_left(directory):
        ...     _ = writable_directory(directory)
        ...     raise ValueError
        >>> directory.exists()
        False
    """
    made = [one for one in (Path(path), *Path(path).parents) if not one.exists()]
    try:
        yield
    except BaseException:
        for one in made:
            with suppress(OSError):  # it holds something, or was never made
                one.rmdir()
        raise


def add_to_run(directory: Path, files: Iterable[Path]) -> None:
    """List files that were made from a finished run in its `run.json`, so that they go with it; if there is one."""
    manifest = read_manifest(directory)
    if manifest is not None and manifest["state"] == "finished" and isinstance(manifest.get("files"), dict):
        names = [file.resolve().relative_to(directory.resolve()).as_posix() for file in files]
        write_manifest(directory, {**manifest, "files": manifest["files"] | describe(directory, names)})


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

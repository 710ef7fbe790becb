"""Files that appear whole or not at all: a reader sees the old file or the new one, never half of either."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal

# What is being written at this moment, under the hidden names that it has until it is complete.
unfinished: set[Path] = set()


@contextmanager
def whole_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path to write to; it becomes `path` when the block ends without an exception.

    For libraries that want a path and read the format off its suffix (`model.save`, `Figure.savefig`). What is yielded
    lies in the same directory and has the same suffix. After any exception, Ctrl-C and a full disk included, it is
    removed and a file that was at `path` before is untouched.

    Args:
        path: where the file shall be. A symbolic link is followed; an old file's permissions are kept.

    Raises:
        OSError: the directory is missing or not writable, the disk is full, or `path` is a directory or a device.

    Example:
        >>> import tempfile
        >>> directory = Path(tempfile.mkdtemp())
        >>> with whole_path(directory / "note.txt") as temporary:
        ...     _ = temporary.write_text("all of it")
        >>> [file.name for file in directory.iterdir()]
        ['note.txt']
    """
    target = _target(path)
    temporary = target.with_name(f".{target.stem[:64]}.{uuid.uuid4().hex[:12]}{target.suffix}")
    unfinished.add(temporary)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
        unfinished.discard(temporary)


@contextmanager
def whole_file(path: str | os.PathLike[str], mode: Literal["w", "wb"] = "w") -> Iterator[IO[Any]]:
    """Open `path` for writing; the file appears when the block ends without an exception (see `whole_path`).

    Text is UTF-8 with LF line ends on every system; characters that UTF-8 cannot hold (lone surrogates) become "?".

    Args:
        path: where the file shall be.
        mode: "w" for text, "wb" for bytes.

    Raises:
        OSError: as `whole_path`.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "numbers.txt"
        >>> with whole_file(target) as handle:
        ...     _ = handle.write("1 2 3")
        >>> target.read_text()
        '1 2 3'
    """
    text: dict[str, str] = {} if "b" in mode else {"encoding": "utf-8", "errors": "replace", "newline": "\n"}
    with whole_path(path) as temporary, temporary.open(mode, **text) as handle:  # type: ignore[call-overload]
        yield handle


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise `OSError` now if no file can be written at `path`: before the work whose result is to go there.

    Example:
        >>> check_writable("figures.json")
    """
    with tempfile.TemporaryFile(dir=_target(path).parent):
        pass


def _target(path: str | os.PathLike[str]) -> Path:
    target = Path(os.path.realpath(path))
    # Renaming over a device or a pipe would destroy it; over a directory the error comes late and names the wrong file.
    if target.exists() and not target.is_file():
        raise OSError(f"Expected a file's path. Received: {path}, which is not a regular file. Choose another path.")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"Expected {path} to lie in a directory. Received: {target.parent} is none. Make it.")
    return target


def discard_unfinished() -> None:
    """Remove all that is being written at this moment: for a process that ends without unwinding its blocks.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "note.txt"
        >>> with suppress(OSError), whole_file(target) as handle:
        ...     discard_unfinished()
        ...     sorted(target.parent.iterdir())
        []
    """
    for path in list(unfinished):  # Windows keeps a file that is open
        with suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

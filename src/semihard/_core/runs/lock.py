"""One process at a time: a lock on a directory that ends with the process that holds it, however it ends."""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from semihard._core.files import unfinished

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

NAME = ".semihard.lock"
# A reader that looks whether a directory is locked holds the lock for a moment.
_TRIES, _PAUSE = 5, 0.05
# Of file systems that know no locks: some of the parallel ones, and NFS without its lock service.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}

_held: set[IO[Any]] = set()


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of `directory` while the block runs.

    The system gives it back when the process dies. Where a file system has no locks the block runs without one.

    Raises:
        BlockingIOError: another process, or another thread, holds it.
        OSError: no file can be made in `directory`.

    Example:
        >>> import tempfile
        >>> directory = Path(tempfile.mkdtemp())
        >>> with locked(directory):
        ...     is_locked(directory)
        True
        >>> is_locked(directory), list(directory.iterdir())
        (False, [])
    """
    path = directory / NAME
    for _ in range(_TRIES):
        handle = path.open("ab")
        # Whoever had it may just have removed it, and then nobody else will see it.
        if _lock(handle, exclusive=True) and _is_at(handle, path):
            break
        handle.close()
        time.sleep(_PAUSE)
    else:
        raise busy(directory)
    _held.add(handle)
    unfinished.add(path)
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps a file that is open; it does no harm
            path.unlink()
        unfinished.discard(path)
        _held.discard(handle)
        handle.close()


def busy(directory: Path) -> BlockingIOError:
    """What is raised about a directory that another process has locked."""
    return BlockingIOError(
        f"Expected {directory} to be free. Received: another process is writing into it at this moment. "
        "Wait for its end, or choose another directory."
    )


def is_locked(directory: Path) -> bool:
    """Whether a process that lives holds the lock of `directory`; needs no right to write there."""
    try:
        with (directory / NAME).open("rb") as handle:
            return not _lock(handle, exclusive=False)
    except OSError:
        return False


def _lock(handle: IO[Any], *, exclusive: bool) -> bool:
    try:
        if sys.platform == "win32":
            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            # Not `lockf`, whose lock is lost when any other handle of the file is closed, and binds no other thread.
            fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        if error.errno not in _NO_LOCKS:
            raise
    return True


def _is_at(handle: IO[Any], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _close_in_child() -> None:
    # A worker that outlives its parent would hold the lock on.
    for handle in _held:
        handle.close()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)

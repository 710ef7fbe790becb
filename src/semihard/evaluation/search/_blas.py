"""Matrix products on one thread each, while our own threads make several of them at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_lock = threading.Lock()
_users = 0
_limits: Any = None


@contextmanager
def single_threaded_blas() -> Iterator[bool]:
    """Keep NumPy's products to one thread each, and say whether that could be done.

    It takes threadpoolctl, and a BLAS that threadpoolctl knows.

    A product that runs on all cores waits for the slowest of them, and nothing else that a block needs is shared so
    well. The number of threads belongs to the process: the last search to end gives it back, whatever their order and
    their threads, and while none ends or begins, whoever else wants to set it can.
    """
    global _users, _limits
    libraries = _libraries()
    if not libraries:
        yield False
        return
    with _lock:
        if not _users:
            _limits = libraries.limit(limits=1)
            _leave(libraries)
            if any(library.num_threads != 1 for library in libraries.lib_controllers):
                _limits.restore_original_limits()  # of those that could be set
                _leave(libraries)
                _limits = None
        single = _limits is not None
        _users += single
    try:
        yield single
    finally:
        with _lock:
            _users -= single
            if single and not _users:
                _leave(libraries, force=True)
                _limits.restore_original_limits()
                _leave(libraries)
                _limits = None


def _leave(libraries: Any, force: bool = False) -> None:
    """Let any thread set the limits.

    From threadpoolctl 3.8 on the first thread that sets those of an OpenBLAS is the only one that can, and what others
    set is silently left out, until it ends or leaves them.
    """
    for library in libraries.lib_controllers:
        if leave := getattr(library, "clear_controlling_thread", None):
            leave(force=force)


@cache
def _libraries() -> Any:
    """The BLAS of NumPy, which is there before any search; to look for it takes longer than many a search."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController().select(user_api="blas")

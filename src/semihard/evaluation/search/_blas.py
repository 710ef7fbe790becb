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
    well. The number of threads belongs to the process: the last search to end gives it back, whatever their order.
    """
    global _users, _limits
    libraries = _libraries()
    if not libraries:
        yield False
        return
    with _lock:
        if not _users:
            _limits = libraries.limit(limits=1)
        _users += 1
    try:
        yield True
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _limits.restore_original_limits()


@cache
def _libraries() -> Any:
    """The BLAS of NumPy, which is there before any search; to look for it takes longer than many a search."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController().select(user_api="blas")

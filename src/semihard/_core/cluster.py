"""A cluster of Ray for as long as it is needed."""

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

from semihard._core.extras import RAY, MissingPackage


@contextlib.contextmanager
def ray_cluster(store: int | None = None) -> Iterator[Any]:
    """Have Ray while the block runs: that of this process if there is one, of RAY_ADDRESS, or one on this machine.

    Args:
        store: bytes of the object store of one that is begun here; Ray's default is a third of the memory.

    Yields:
        The module `ray`. Only what was begun here is ended.

    Raises:
        ImportError: Ray is not installed.
        OSError: there is no cluster at RAY_ADDRESS.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingPackage("Ray", RAY, error) from error
    if ray.is_initialized():
        yield ray
        return
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if not os.environ.get("RAY_ADDRESS"):
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # or it reports to its makers
        options |= {"address": "local", "include_dashboard": False, "object_store_memory": store}
    try:
        with _signals_kept():
            ray.init(**options)
        yield ray
    finally:
        with _signals_kept():
            ray.shutdown()


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray takes SIGTERM for itself, and would end a command with another status."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

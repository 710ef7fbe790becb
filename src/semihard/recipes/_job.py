"""What every long job needs: announced and timed stages, a directory that can be written to, the versions it ran on."""

import importlib
import importlib.metadata
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras


class Clock:
    """Announces stages on stdout and keeps the seconds each takes, in `seconds`."""

    def __init__(self, stages: int) -> None:
        self.stages = stages
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, announcement: str) -> Iterator[None]:
        print(f"[{len(self.seconds) + 1}/{self.stages}] {announcement}", flush=True)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


def writable_directory(path: str | os.PathLike[str]) -> Path:
    """Make the directory if it is missing, and raise `OSError` now if no file can be made in it."""
    directory = Path(path)
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory):
        return directory


def versions(*distributions: str) -> dict[str, str]:
    """Return the versions of Python, of these distributions and of Keras's backend."""
    backend = keras.backend.backend()
    # The backend's distribution may be tensorflow or tensorflow-cpu; its module knows the version in either case.
    return {
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in distributions},
        backend: importlib.import_module(backend).__version__,
    }

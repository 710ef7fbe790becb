"""What every long job needs: announced and timed stages, Keras's usual settings, the versions it ran on."""

import importlib
import importlib.metadata
import platform
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

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


def in_float32() -> AbstractContextManager[None]:
    """Have Keras compute in float32 with channels last while the block runs, whatever `keras.json` says."""
    return computing_in("float32")


@contextmanager
def computing_in(policy: str) -> Iterator[None]:
    """The same by another policy, as "mixed_bfloat16"."""
    config = keras.config
    before = config.floatx(), config.image_data_format(), config.dtype_policy()
    _configure("float32", "channels_last", policy)
    try:
        yield
    finally:
        _configure(*before)


@contextmanager
def computing_on(device: str) -> Iterator[None]:
    """Have Keras compute on this device while the block runs; "auto" leaves it as it is.

    Raises:
        ValueError: there is no such device.
    """
    if device == "auto":
        yield
        return
    try:
        scope = keras.device(device)
        with scope:
            keras.ops.convert_to_numpy(keras.ops.zeros(1))
    except Exception as error:  # of another type on each backend
        raise ValueError(
            f"Expected a device of {keras.backend.backend()}, as 'cpu' or 'gpu:0'. Received: device={device!r}: "
            f"{str(error).splitlines()[0]}"
        ) from error
    with keras.device(device):
        yield


def _configure(floatx: str, image_data_format: str, dtype_policy: Any) -> None:
    keras.config.set_floatx(floatx)
    keras.config.set_image_data_format(image_data_format)
    keras.config.set_dtype_policy(dtype_policy)


def versions(*distributions: str) -> dict[str, str]:
    """Return the versions of Python, of these distributions and of Keras's backend."""
    backend = keras.backend.backend()
    # The backend's distribution may be tensorflow or tensorflow-cpu; its module knows the version in either case.
    return {
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in distributions},
        backend: importlib.import_module(backend).__version__,
    }

"""What the whole suite shares.

`SEMIHARD_TESTS=backend` leaves out what knows of no backend, for where the suite runs on several of them in turn, and
`SEMIHARD_TESTS=numpy` runs that alone.
"""

import contextlib
import ctypes
import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.selection import Selection

# How long an example takes says more about the machine than about the code. CI runs often, with little time each.
settings.register_profile("untimed", deadline=None, max_examples=30 if os.environ.get("CI") else 100)
settings.load_profile("untimed")

# Of a few tests that take seconds each; the rest are many of milliseconds.
LONG = ("tests/workflows/", "tests/examples/", "tests/cli/", "tests/docs/")


# Where the tests that are marked `once` run in CI: it is the fastest.
FASTEST = "torch"


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "once: needs a backend, but what it shows (files, signals, pages) does not depend on which"
    )
    config.pluginmanager.register(Selection(os.environ.get("SEMIHARD_TESTS", "all")))


def pytest_collection_modifyitems(config, items):
    """Where processes share the tests, the longest come first: else one works on alone at the end."""
    if os.environ.get("CI") and os.environ.get("KERAS_BACKEND") != FASTEST:
        left = [item for item in items if item.get_closest_marker("once")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


# What XLA compiles of one function on TensorFlow takes megabytes, and a hundred of the 65,530 maps of memory that Linux
# gives a process. To give it back takes seconds in a large process, so that is left until it is worth while.
WORTH_WHILE = 2**30
left = 0


def resident() -> int:
    """Bytes of memory that this process holds; 0 where /proc does not say."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if pages.is_file() else 0


@pytest.fixture(autouse=True, scope="module")
def compiled_programs_given_back():
    """They are kept as long as what they were made of."""
    global left
    yield
    if "keras" not in sys.modules or resident() < left + WORTH_WHILE:
        return
    keras = sys.modules["keras"]
    keras.backend.clear_session()
    active = sys.modules.get(f"semihard.backend.{keras.backend.backend()}")
    for kept in vars(active).values() if active else ():
        if hasattr(kept, "cache_clear"):
            kept.cache_clear()
    if keras.backend.backend() == "jax":
        sys.modules["jax"].clear_caches()
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # glibc keeps what is free between what is not
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    left = resident()


@pytest.fixture
def no_pictures(monkeypatch):
    """A training draws none, as where matplotlib is not installed: of a tiny one they take half of the time."""
    monkeypatch.setattr("semihard.workflows.training._results.find_spec", lambda name: None)

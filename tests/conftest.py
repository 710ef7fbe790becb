"""What the whole suite shares.

`SEMIHARD_TESTS=backend` leaves out what knows of no backend, for where the suite runs on several of them in turn.
"""

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.rooms import rooms_without_keras

# How long an example takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

chosen = os.environ.get("SEMIHARD_TESTS", "all")
if chosen not in ("all", "backend"):
    raise ValueError(f"Expected SEMIHARD_TESTS to be 'all' or 'backend'. Received: {chosen!r}.")
# What never imports Keras is tested by tests that do not either (`test_architecture.py` looks).
collect_ignore = rooms_without_keras() if chosen == "backend" else []

# Linux gives a process 65,530 maps of memory, and what XLA compiles of one function on TensorFlow takes a hundred: with
# none left it aborts. To give them back takes seconds in a large process, so that is left until it is worth while.
WORTH_WHILE = 3_000
left = 0


def maps_of_memory() -> int:
    maps = Path("/proc/self/maps")
    return maps.read_bytes().count(b"\n") if maps.is_file() else 0


@pytest.fixture(autouse=True, scope="module")
def compiled_programs_given_back():
    """They are kept as long as what they were made of."""
    global left
    yield
    if "keras" not in sys.modules or maps_of_memory() < left + WORTH_WHILE:
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
    left = maps_of_memory()

"""What the whole suite shares.

`SEMIHARD_TESTS=backend` leaves out what knows of no backend, for where the suite runs on several of them in turn.
"""

import gc
import os
import sys

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


@pytest.fixture(autouse=True, scope="module")
def memory_given_back():
    """Compiled programs are kept as long as what they were made of: on TensorFlow they grew to 9 GB over the suite."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
        active = sys.modules.get(f"semihard.backend.{sys.modules['keras'].backend.backend()}")
        for kept in vars(active).values() if active else ():
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()
    if "jax" in sys.modules and sys.modules["keras"].backend.backend() == "jax":
        sys.modules["jax"].clear_caches()
    gc.collect()

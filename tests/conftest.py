"""What the whole suite shares.

`SEMIHARD_TESTS=backend` leaves out what knows of no backend, for where the suite runs on several of them in turn.
"""

import os

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

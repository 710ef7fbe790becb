"""What the whole suite shares.

`SEMIHARD_TESTS=backend` leaves out what knows of no backend, for where the suite runs on several of them in turn.
"""

import os

from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Neither these tests nor what they test imports Keras (`test_architecture.py` looks).
WITHOUT_KERAS = ("core", "evaluation", "visualization")

chosen = os.environ.get("SEMIHARD_TESTS", "all")
if chosen not in ("all", "backend"):
    raise ValueError(f"Expected SEMIHARD_TESTS to be 'all' or 'backend'. Received: {chosen!r}.")
collect_ignore = list(WITHOUT_KERAS) if chosen == "backend" else []

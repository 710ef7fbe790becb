"""How far the work is, in one line that stays where it is; for a terminal only."""

import sys


def show(text: str) -> None:
    """Write over what was shown before."""
    if sys.stderr.isatty():
        print(f"\r  {text}", end="", file=sys.stderr, flush=True)


def clear() -> None:
    """Leave an empty line to what comes next."""
    if sys.stderr.isatty():
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)

"""How far a long command is."""

import sys


class Progress:
    """A line on stderr that says how far it is, where somebody is looking."""

    def __init__(self, what: str) -> None:
        self.what, self.shown = what, -1

    def __enter__(self) -> "Progress":
        return self

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        if percent != self.shown and sys.stderr.isatty():
            print(f"\r{self.what} {done:,} of {total:,} ({percent} %)", end="", file=sys.stderr, flush=True)
            self.shown = percent

    def __exit__(self, *_: object) -> None:
        if self.shown >= 0:
            print(file=sys.stderr)

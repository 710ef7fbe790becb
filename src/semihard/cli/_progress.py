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


class Stages:
    """The same for a command of several stages: one line each, begun when the next one is named."""

    def __init__(self) -> None:
        self.line: Progress | None = None

    def __enter__(self) -> "Stages":
        return self

    def __call__(self, what: str, done: int, total: int) -> None:
        if self.line is None or self.line.what != what:
            self.__exit__()
            self.line = Progress(what)
        self.line(done, total)

    def __exit__(self, *_: object) -> None:
        if self.line is not None:
            self.line.__exit__()

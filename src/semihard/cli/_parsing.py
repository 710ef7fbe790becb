"""What the commands share: numbers on the command line, and the two ways in which the user can be wrong."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

Commands = Any  # what argparse calls `_SubParsersAction`


class WrongUsage(Exception):
    """The command line or the environment cannot be followed; the message says why."""


class WrongData(Exception):
    """The given data cannot be used; the message says why."""


def at_least(minimum: int) -> Callable[[str], int]:
    return between(minimum, 2**32 - 1, f"of at least {minimum}")  # the widest seed that Keras takes


def between(minimum: int, maximum: int, range_: str | None = None) -> Callable[[str], int]:
    """Return a parser of whole numbers in this range, which a message calls `range_`."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value <= maximum:
            words = range_ or f"from {minimum} to {maximum}"
            raise argparse.ArgumentTypeError(f"expected a whole number {words}, received {text!r}")
        return value

    return parse


def a_path(text: str) -> str:
    """Parse the path of a file or a directory: an empty one, as of a variable that is not set, is a mistake."""
    if not text:
        raise argparse.ArgumentTypeError("expected a path, received ''")
    return text


PORTS = between(0, 65535)


def what_is(path: Path) -> str:
    return "a file" if path.exists() else "not there"

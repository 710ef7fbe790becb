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
    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value < 2**32:  # the widest seed that Keras takes
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {minimum}, received {text!r}")
        return value

    return parse


def what_is(path: Path) -> str:
    return "a file" if path.exists() else "not there"

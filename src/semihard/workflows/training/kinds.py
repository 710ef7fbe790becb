"""What values an option takes: checked for Python, read from a command line."""

import dataclasses
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from semihard._core import checks
from semihard.data.preprocessing import Preprocessing

ALL = "all"


@dataclasses.dataclass(frozen=True)
class Kind:
    """What values an option takes: `check(name, value)` returns one or raises; `parse` reads it from a command line."""

    check: Callable[[str, Any], Any]
    parse: Callable[[str], Any] = str
    choices: tuple[str, ...] | None = None
    metavar: str | None = None


def one_of(choices: Iterable[str]) -> Kind:
    listed = tuple(choices)
    return Kind(lambda name, value: checks.one_of(name, value, listed), choices=listed)


def whole(minimum: int) -> Kind:
    return Kind(lambda name, value: checks.whole_number(name, value, minimum), int, metavar="N")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise TypeError(f"Expected `{name}` to be a text. Received: {name}={value!r}.")
    return os.fspath(value)


def _path(name: str, value: Any) -> str:
    return str(Path(_text(name, value)).absolute())


def _size(name: str, value: Any) -> tuple[int, int]:
    return Preprocessing(value).size


def _parsed_size(text: str) -> Any:
    sides = [int(side) for side in text.lower().split("x")]
    return sides[0] if len(sides) == 1 else tuple(sides)


def _frozen(name: str, value: Any) -> int | str:
    if isinstance(value, str) and value != ALL:
        raise ValueError(f"Expected `{name}` to be a whole number or {ALL!r}. Received: {name}={value!r}.")
    return value if value == ALL else checks.whole_number(name, value, 0)


def _dims(name: str, value: Any) -> tuple[int, ...]:
    return tuple(checks.ascending(name, value))


def _backbone(name: str, value: Any) -> str:
    text = _text(name, value)
    return str(Path(text).absolute()) if text.endswith(".keras") else text


def _backbone_weights(name: str, value: Any) -> str:
    text = _text(name, value)
    return text if text in ("imagenet", "none") else str(Path(text).absolute())


SIZE = Kind(_size, _parsed_size, metavar="N|HxW")
FROZEN = Kind(_frozen, lambda text: text if text == ALL else int(text), metavar="N|all")
DIMS = Kind(_dims, lambda text: [int(part) for part in text.split(",")], metavar="N,N,...")
BACKBONE = Kind(_backbone, metavar="NAME|FILE")
BACKBONE_WEIGHTS = Kind(_backbone_weights, metavar="imagenet|none|FILE")
FRACTION = Kind(checks.open_fraction, float, metavar="X")
POSITIVE = Kind(checks.positive_number, float, metavar="X")
PART = Kind(checks.part, float, metavar="X")
PATH = Kind(_path, metavar="PATH")
TEXT = Kind(_text, metavar="NAME")

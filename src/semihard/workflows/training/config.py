"""`config.toml`: the options of a run, enough to run it again."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semihard._core.files import whole_file

CONFIG = "config.toml"
_HEAD = "# Every option of this training. To run it again: semihard train --config config.toml --out ANOTHER\n\n"


def write_config(path: Path, options: Mapping[str, Any]) -> None:
    """Write options, which are texts, numbers, booleans or lists of these."""
    with whole_file(path) as file:
        file.write(_HEAD + "".join(f"{name} = {_value(value)}\n" for name, value in options.items()))


def read_config(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the options in a file; lists as tuples.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no TOML.
    """
    try:
        found = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:  # of TOML, and of UTF-8
        raise ValueError(f"Expected {path} to be TOML, as config.toml of a run is. Received: {error}.") from error
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        # A basic string of TOML has JSON's escapes, and wants one more.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    return json.dumps(value) if isinstance(value, bool) else repr(value)

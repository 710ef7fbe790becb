"""Names of a package that are imported when they are first used."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def later(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package: what it does not need at once waits, and so does what that imports.

    Args:
        package: its name.
        places: name → the module of the package that has it.

    Example:
        >>> get = later("semihard._core", {"one_line": "text"})
        >>> get("one_line")("two\\nlines", 20)
        'two lines'
    """

    def get(name: str) -> Any:
        if name in places:
            return getattr(importlib.import_module(f"{package}.{places[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return get

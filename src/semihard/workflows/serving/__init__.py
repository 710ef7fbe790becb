"""A bundle over HTTP: what photographs show, for programs on this machine."""

from collections.abc import Callable
from typing import Any

from semihard._core.lazy import later

__all__ = ["Limits", "application", "serve", "serve_in_background"]

_PLACES = {
    "Limits": "limits",
    "application": "_application",
    "serve": "_serve",
    "serve_in_background": "_serve",
}


# FastAPI is in an extra: without it the limits can be read all the same, and nothing else of the package misses it.
__getattr__: Callable[[str], Any] = later(__name__, _PLACES)

"""A bundle over HTTP: what photographs show, for programs on this machine."""

import importlib
from typing import Any

__all__ = ["Limits", "application", "serve", "serve_in_background"]

_PLACES = {
    "Limits": "limits",
    "application": "_application",
    "serve": "_serve",
    "serve_in_background": "_serve",
}


# FastAPI is in an extra: without it the limits can be read all the same, and nothing else of the package misses it.
def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(f"semihard.workflows.serving.{_PLACES[name]}"), name)
    raise AttributeError(f"module 'semihard.workflows.serving' has no attribute {name!r}")

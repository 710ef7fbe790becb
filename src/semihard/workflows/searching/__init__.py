"""From a model and pictures to vectors, to a gallery, and to what a new photograph shows."""

import importlib
from typing import Any

__all__ = ["Embedded", "Found", "Indexed", "Vectors", "embed", "index", "read_vectors", "search"]

_PLACES = {
    "Embedded": "_embed",
    "Found": "_found",
    "Indexed": "_indexed",
    "Vectors": "_vectors",
    "embed": "_embed",
    "index": "_index",
    "read_vectors": "_vectors",
    "search": "_search",
}


# Keras fixes its backend when it is imported: not before it is needed.
def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(f"semihard.workflows.searching.{_PLACES[name]}"), name)
    raise AttributeError(f"module 'semihard.workflows.searching' has no attribute {name!r}")

"""From a model and pictures to vectors, to a gallery, and to what a new photograph shows."""

from collections.abc import Callable
from typing import Any

from semihard._core.lazy import later

__all__ = ["Embedded", "Found", "Indexed", "Vectors", "embed", "index", "read_vectors", "search"]

_PLACES = {
    "Embedded": "_embed",
    "Found": "_found",
    "Indexed": "_indexed",
    "Vectors": "_read_vectors",
    "embed": "_embed",
    "index": "_index",
    "read_vectors": "_read_vectors",
    "search": "_search",
}


# Keras fixes its backend when it is imported: not before it is needed.
__getattr__: Callable[[str], Any] = later(__name__, _PLACES)

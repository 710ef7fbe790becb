"""Approximate squared distances of queries to a whole gallery, from one matrix product."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Squares of larger or smaller values leave the range of float32.
_RANGE = (1e-12, 1e15)


def coarse_enough(*arrays: NDArray[Any]) -> bool:
    """Whether float32 holds all values of these arrays exactly, and their squares at all."""
    if any(array.dtype.itemsize > 4 for array in arrays):
        return False
    largest = max(max(abs(float(array.min())), abs(float(array.max()))) for array in arrays)
    return _RANGE[0] < largest < _RANGE[1]


class Centred:
    """A gallery moved to the origin, in float32 or float64.

    Args:
        gallery: [items, dim].
        centre: float64 [dim].
        dtype: of the products.
    """

    def __init__(self, gallery: NDArray[Any], centre: NDArray[np.float64], dtype: Any) -> None:
        self._centre, self._dtype = centre, dtype
        self._items = np.empty(gallery.shape, dtype)
        self._norms = np.empty(len(gallery), dtype)
        # In pieces, so that no copy in float64 is made beside one in float32.
        for start in range(0, len(gallery), 4096):
            piece = slice(start, start + 4096)
            self._items[piece], norms = self._moved(gallery[piece])
            self._norms[piece] = norms

    def squared_distances(self, queries: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Of queries [rows, dim] to all items, [rows, items], and the queries' squared norms, float64 [rows]."""
        block, norms = self._moved(queries)
        squared = np.matmul(self._dtype(-2.0) * block, self._items.T)
        squared += norms.astype(self._dtype)[:, None]
        squared += self._norms
        return squared, norms

    def _moved(self, vectors: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.float64]]:
        moved = np.subtract(vectors, self._centre, dtype=np.float64)
        return moved.astype(self._dtype, copy=False), np.einsum("ij,ij->i", moved, moved)

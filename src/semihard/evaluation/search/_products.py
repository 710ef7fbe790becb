"""Approximate squared distances of queries to a gallery, from matrix products."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.search.exact import error_bound, norms_within

# Squares of larger or smaller values leave the range of float32.
_RANGE = (1e-12, 1e15)


def extent(array: NDArray[Any]) -> tuple[int, float]:
    """Bytes a value, and the largest absolute value."""
    return array.dtype.itemsize, max(abs(float(array.min())), abs(float(array.max())))


def coarse_enough(*extents: tuple[int, float]) -> bool:
    """Whether float32 holds all values of arrays of these extents exactly, and their squares at all."""
    return all(size <= 4 for size, _ in extents) and _RANGE[0] < max(largest for _, largest in extents) < _RANGE[1]


class Centred:
    """A gallery moved to the origin, in float32 or float64.

    One product gives ‖b‖² − level − 2 a·b, since each item carries its ‖b‖² − level as one more dimension: a pass over
    the products to add norms would take a third of their time. With ‖a‖² + level it is the squared distance. A last
    dimension of ones does the same for ‖a‖² − level where items are searched among themselves.

    Args:
        gallery: [items, dim].
        order: int [items], in which order to hold the items.
        centre: float64 [dim].
        dtype: of the products.
    """

    def __init__(
        self, gallery: NDArray[Any], order: NDArray[np.int64], centre: NDArray[np.float64], dtype: Any
    ) -> None:
        self.count: int = len(gallery)
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self._centre = centre
        self._unit = float(np.finfo(dtype).epsneg)
        self._items = np.empty((len(gallery), gallery.shape[1] + 2), dtype)
        norms = np.empty(len(gallery))
        # In pieces, so that no copy in float64 is made beside one in float32.
        for start in range(0, len(gallery), 4096):
            piece = slice(start, start + 4096)
            self._items[piece, :-2], norms[piece] = self._moved(gallery[order[piece]])
        # Unit vectors have nearly equal norms, of which hardly anything is then left to round.
        self.level = float(norms.mean())
        self._items[:, -2] = norms - self.level
        self._items[:, -1] = 1.0
        self._spread = float(np.abs(norms - self.level).max())

    @property
    def nbytes(self) -> int:
        """Bytes that it holds."""
        return self._items.nbytes

    def moved(self, queries: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]]:
        """Return queries ready for `products`, their ‖a‖² and their ‖a‖² + level, float64 [rows]."""
        moved, norms = self._moved(queries)
        block = np.empty((len(queries), moved.shape[1] + 1), self.dtype)
        np.multiply(moved, self.dtype.type(-2.0), out=block[:, :-1])
        block[:, -1] = 1.0
        return block, norms, norms + self.level

    def products(self, block: NDArray[Any], columns: slice, out: NDArray[Any]) -> None:
        """Write ‖b‖² − level − 2 a·b of moved queries and the items at `columns` into `out` [rows, columns]."""
        np.matmul(block, self._items[columns, :-1].T, out=out)

    def products_transposed(self, block: NDArray[Any], columns: slice, out: NDArray[Any]) -> None:
        """The same into `out` [columns, rows]."""
        np.matmul(self._items[columns, :-1], block.T, out=out)

    def products_among(self, rows: slice, columns: slice, out: NDArray[Any]) -> None:
        """Write ‖a‖² + ‖b‖² − 2 level − 2 a·b of the items at `rows` and at `columns` into `out` [rows, columns]."""
        block = self._items[rows] * self.dtype.type(-2.0)
        block[:, -2], block[:, -1] = 1.0, self._items[rows, -2]
        np.matmul(block, self._items[columns].T, out=out)

    def norms(self, rows: slice) -> NDArray[np.float64]:
        """About the ‖a‖² of the items at `rows`, [rows]."""
        return self._items[rows, -2].astype(np.float64) + self.level

    def slack(
        self, squared_norms: NDArray[np.float64], squared_reach: NDArray[np.float64], among: bool = False
    ) -> NDArray[np.float64]:
        """How far a squared distance up to `squared_reach` may be from the true one, [rows]; `among` items or not."""
        dim = self._items.shape[1] - 2
        item_norms = np.minimum(self.level + self._spread, norms_within(squared_norms, squared_reach))
        carried = np.minimum(self._spread, self.level + item_norms)
        if among:
            carried = carried + np.abs(squared_norms - self.level)
        return error_bound(dim, squared_norms, item_norms, self._unit) + 1.01 * (dim + 3) * self._unit * carried

    def _moved(self, vectors: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.float64]]:
        moved = np.subtract(vectors, self._centre, dtype=np.float64)
        return moved.astype(self.dtype, copy=False), np.einsum("ij,ij->i", moved, moved)

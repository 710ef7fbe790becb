"""The nearest items of a block of queries, in approximate order, and where that order cannot be trusted."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.search._products import Centred
from semihard.evaluation.search._top_k import Least

# Items compared at a time: enough for a matrix product to be efficient, few enough for the processor's cache.
TILE = 16384


class Found(NamedTuple):
    """The nearest items of some queries.

    Attributes:
        columns: int64 [rows, width], places in the gallery as `Centred` holds it.
        squared: float64 [rows, width], ascending; infinite where nothing is left.
        close: bool [rows, width − 1], whether an entry and the next are too close to trust their order.
    """

    columns: NDArray[np.int64]
    squared: NDArray[np.float64]
    close: NDArray[np.bool_]


def bytes_a_row(columns: int, width: int, itemsize: int) -> int:
    """About what a query takes at work: its products with a tile, candidates, and what is found."""
    return min(columns, TILE) * itemsize + 3 * width * (itemsize + 4) + 40 * width


def nearest_in_block(
    centred: Centred,
    queries: NDArray[Any],
    width: int,
    excluded: tuple[NDArray[np.int64], NDArray[np.int64]],
    room: int,
) -> Found:
    """Search queries in a gallery.

    Args:
        centred: the gallery.
        queries: [rows, dim].
        width: how many neighbours are wanted; each row holds all that may tie with the last of them.
        excluded: rows and columns [pairs] that do not count.
        room: bytes for candidates.

    Raises:
        TooMany: if there is not enough room.
    """
    rows, items = len(queries), centred.count
    block, norms, offset = centred.moved(queries)
    least = Least(rows, width, lambda last: _reach(centred, norms, offset, last), centred.dtype, room)
    tiles = -(-items // TILE)
    step = _padded(-(-items // tiles))
    memory = np.empty(rows * step, centred.dtype)
    for start in range(0, items, step):
        columns = slice(start, min(start + step, items))
        tile = memory[: rows * _padded(columns.stop - start)].reshape(rows, -1)
        centred.products(block, columns, tile[:, : columns.stop - start])
        tile[:, columns.stop - start :] = np.inf
        here = (excluded[1] >= start) & (excluded[1] < columns.stop)
        tile[excluded[0][here], excluded[1][here] - start] = np.inf
        least.add(tile, start)
    least.compact()
    squared, found = least.values + offset[:, None], least.columns
    order = np.argsort(squared, axis=1)
    squared = np.take_along_axis(squared, order, axis=1)
    last = squared[:, width - 1]
    farthest = np.where(np.isfinite(last), last, np.max(squared, axis=1, where=np.isfinite(squared), initial=0.0))
    slack = centred.slack(norms, np.maximum(farthest, 0.0))
    with np.errstate(invalid="ignore"):  # infinity − infinity, where nothing is left
        close = np.diff(squared, axis=1) <= 2 * slack[:, None]
    return Found(np.take_along_axis(found, order, axis=1).astype(np.int64), squared, close)


def _padded(columns: int) -> int:
    return -(-columns // 16) * 16


def _reach(
    centred: Centred, norms: NDArray[np.float64], offset: NDArray[np.float64], last: NDArray[Any]
) -> NDArray[Any]:
    """What may truly be as near as an approximate product [rows]: twice the slack farther."""
    some = np.isfinite(last)
    squared = np.where(some, last + offset, 0.0)
    reach = np.where(some, squared + 2 * centred.slack(norms, np.maximum(squared, 0.0)) - offset, np.inf)
    # Rounded up: comparisons are in the dtype of the products.
    return np.nextafter(reach.astype(centred.dtype), np.inf, dtype=centred.dtype)

"""The nearest items of a block of queries, in approximate order, and where that order cannot be trusted."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.search._products import Centred
from semihard.evaluation.search._top_k import Least, capacity

# Numbers of a tile of products: enough for a matrix product to be efficient, few enough for the processor's cache.
ENTRIES = 2**21
# Items compared at a time, of few queries or of queries that want many of them.
TILE = 16384
# The most neighbours for which a tile is better looked through query by column.
NARROW = 512

Slack = Callable[[NDArray[np.float64]], NDArray[np.float64]]


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


def rows_at_once(items: int, width: int, itemsize: int, room: int) -> int:
    """How many queries to search together, with `width` neighbours each, in about `room` bytes."""
    tile = _tile(items, width)
    a_row = tile * itemsize + 3 * capacity(width) * (itemsize + 4) + 40 * width
    return max(1, min(2 * ENTRIES // tile, room // a_row))


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

    def slack(squared: NDArray[np.float64]) -> NDArray[np.float64]:
        return centred.slack(norms, squared)

    least = Least(rows, width, reach(slack, offset, centred.dtype), centred.dtype, room)
    step = min(_tile(items, width), items)
    # Along the queries the minima of groups take a third of the time; rows that are too short lose that again.
    transposed = rows >= 64 and step < TILE
    memory = np.empty(rows * step, centred.dtype)
    for start in range(0, items, step):
        columns = slice(start, min(start + step, items))
        tile = memory[: rows * (columns.stop - start)]
        here = (excluded[1] >= start) & (excluded[1] < columns.stop)
        row, column = excluded[0][here], excluded[1][here] - start
        if transposed:
            tile = tile.reshape(-1, rows)
            centred.products_transposed(block, columns, tile)
            tile[column, row] = np.inf
            least.add_transposed(tile, start)
        else:
            tile = tile.reshape(rows, -1)
            centred.products(block, columns, tile)
            tile[row, column] = np.inf
            least.add(tile, start)
    return in_order(least, width, offset, slack)


def in_order(least: Least, width: int, offset: NDArray[np.float64], slack: Slack) -> Found:
    """Sort what was collected; `offset` [rows] makes squared distances of it, which may be `slack` from the truth."""
    least.compact()
    kept = max(width, int(least.counts.max(initial=0)))
    squared, found = least.values[:, :kept] + offset[:, None], least.columns[:, :kept]
    order = np.argsort(squared, axis=1)
    squared = np.take_along_axis(squared, order, axis=1)
    last = squared[:, width - 1]
    farthest = np.where(np.isfinite(last), last, np.max(squared, axis=1, where=np.isfinite(squared), initial=0.0))
    spare = slack(np.maximum(farthest, 0.0))
    with np.errstate(invalid="ignore"):  # infinity − infinity, where nothing is left
        close = np.diff(squared, axis=1) <= 2 * spare[:, None]
    return Found(np.take_along_axis(found, order, axis=1).astype(np.int64), squared, close)


def reach(slack: Slack, offset: NDArray[np.float64], dtype: Any) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return what tells of approximate products [rows] the largest that may truly be as near: twice the slack more."""

    def farthest(last: NDArray[Any]) -> NDArray[Any]:
        some = np.isfinite(last)
        squared = np.where(some, last + offset, 0.0)
        found = np.where(some, squared + 2 * slack(np.maximum(squared, 0.0)) - offset, np.inf)
        # Rounded up: comparisons are in the dtype of the products.
        return np.nextafter(found.astype(dtype), np.inf, dtype=dtype)

    return farthest


def _tile(items: int, width: int) -> int:
    """How many items to compare at a time."""
    narrow = width <= NARROW and 32 * width <= items
    return min(2048 if narrow else TILE, items)

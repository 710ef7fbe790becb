"""Nearest key above a threshold by sorting each row once: its cost hardly depends on the number of thresholds."""

from typing import Any, NamedTuple

from keras import ops

from semihard import _backend

Tensor = Any


class SortedRows(NamedTuple):
    """Rows of keys in order.

    Attributes:
        keys: [rows, columns], ascending in each row.
        order: int [rows, columns], the column that each came from.
    """

    keys: Tensor
    order: Tensor


def sort_rows(keys: Tensor) -> SortedRows:
    """Sort each row of keys [rows, columns]."""
    return SortedRows(*_backend.sort_rows(keys))


def nearest_above(rows: SortedRows, thresholds: Tensor) -> tuple[Tensor, Tensor]:
    """For each threshold of a row, the smallest key of the row that is greater, and its place in the order.

    Where no key is greater, the place is the number of columns, and the key the row's largest.
    """
    place = ops.cast(_backend.search_rows(rows.keys, thresholds, "right"), "int32")
    last = ops.shape(rows.keys)[1] - 1
    return _take(rows.keys, ops.minimum(place, last)), place


def ties(rows: SortedRows, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """The range of places [from, to) in which a chosen key stands in the order of its row."""
    start = ops.cast(_backend.search_rows(rows.keys, chosen, "left"), "int32")
    stop = ops.cast(_backend.search_rows(rows.keys, chosen, "right"), "int32")
    return start, stop


def spread(rows: SortedRows, start: Tensor, stop: Tensor, weights: Tensor) -> Tensor:
    """Σ over chosen keys of weight / ties, at each of the tied keys, which stand at the places from start to stop.

    Returns:
        weights' dtype [rows, columns], in the columns' own order.
    """
    columns = ops.shape(rows.keys)[1]
    edges = ops.concatenate([start, stop], axis=1)

    def along(x: Tensor) -> Tensor:
        return ops.cumsum(_backend.put_rows(ops.concatenate([x, -x], axis=1), edges, columns + 1), axis=1)[:, :-1]

    # Sums of whole weights and of whole tie counts leave no rounding behind at later places; sums of quotients would.
    weight = along(weights)
    weight_times_ties = along(weights * ops.cast(stop - start, weights.dtype))
    some = weight_times_ties > 0
    share = ops.where(some, weight * weight / ops.where(some, weight_times_ties, 1.0), 0.0)
    return _backend.put_rows(share, rows.order, columns)


def _take(x: Tensor, columns: Tensor) -> Tensor:
    rows, width = ops.shape(x)
    return ops.take(ops.reshape(x, (-1,)), columns + ops.arange(rows, dtype="int32")[:, None] * width)

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
    return _backend.take_columns(rows.keys, ops.minimum(place, last)), place


def ties(rows: SortedRows, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """The range of places [from, to) in which a chosen key stands in the order of its row."""
    start = ops.cast(_backend.search_rows(rows.keys, chosen, "left"), "int32")
    stop = ops.cast(_backend.search_rows(rows.keys, chosen, "right"), "int32")
    return start, stop


class Edges(NamedTuple):
    """Differences along the order [rows, columns + 1]: a weight enters where its tied keys start, leaves at their end.

    Sums of whole weights and of whole tie counts leave no rounding behind at later places; sums of quotients would.

    Attributes:
        weight: of the weights.
        weight_times_ties: of weights times how many keys share each.
    """

    weight: Tensor
    weight_times_ties: Tensor


def no_edges(like: Tensor) -> Edges:
    """Edges of nothing, for rows shaped [rows, columns] like these."""
    zero = ops.pad(ops.zeros_like(like), [[0, 0], [0, 1]])
    return Edges(zero, zero)


def add_edges(edges: Edges, start: Tensor, stop: Tensor, weights: Tensor) -> Edges:
    """Add weights [rows, k] for the keys at the places from start to stop, int32 [rows, k] each."""
    places = ops.concatenate([start, stop], axis=1)
    many = weights * ops.cast(stop - start, weights.dtype)
    return Edges(
        _backend.put_rows(edges.weight, places, ops.concatenate([weights, -weights], axis=1)),
        _backend.put_rows(edges.weight_times_ties, places, ops.concatenate([many, -many], axis=1)),
    )


def spread(rows: SortedRows, edges: Edges) -> Tensor:
    """Σ of weight / ties at each of the tied keys: [rows, columns], in the columns' own order."""
    weight, many = (ops.cumsum(edge, axis=1)[:, :-1] for edge in edges)
    some = many > 0
    share = ops.where(some, weight * weight / ops.where(some, many, ops.ones_like(many)), ops.zeros_like(many))
    return _backend.put_rows(ops.zeros_like(share), rows.order, share)

"""Nearest key above a threshold by sorting each row once: its cost hardly depends on the number of thresholds."""

import functools
from typing import NamedTuple

from semihard import backend
from semihard.backend import Tensor, ops

# Tied keys that are cheaper to visit one by one than to find by a sum along the whole order.
FEW = 4


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
    return SortedRows(*backend.sort_rows(keys))


def nearest_above(rows: SortedRows, thresholds: Tensor, fallback: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """For each threshold of a row [rows, k], the smallest key that is greater, and where it stands in the order.

    Args:
        rows: whose last key is the largest possible one, that of a column which may not be chosen.
        thresholds: [rows, k].
        fallback: [rows], the key to choose where no other is greater.

    Returns:
        The chosen key, the place of the first key equal to it, and how many are (0 where a fallback is no key of the
        row): [rows, k] each.
    """
    place = ops.cast(backend.search_rows(rows.keys, thresholds, "right"), "int32")
    nearest = backend.take_along_rows(rows.keys, ops.minimum(place, ops.shape(rows.keys)[1] - 1))
    none = nearest == rows.keys[:, -1:]
    chosen = ops.where(none, fallback[:, None], nearest)
    start = ops.where(none, ops.cast(backend.search_rows(rows.keys, fallback[:, None], "left"), "int32"), place)
    return chosen, start, ops.cast(backend.search_rows(rows.keys, chosen, "right"), "int32") - start


def spread(rows: SortedRows, start: Tensor, ties: Tensor, weights: Tensor) -> Tensor:
    """Σ of weight / ties at each of the tied keys [rows, columns], in the columns' own order.

    Args:
        rows: the keys.
        start, ties: as `nearest_above` returns them.
        weights: [rows, k].
    """
    most = ops.amax(ties)
    known = backend.concrete_int(most)
    one_by_one = functools.partial(_few_ties, rows, start, ties, weights, FEW if known is None else min(known, FEW))
    in_order = functools.partial(_many_ties, rows, start, ties, weights)
    if known is not None:
        return one_by_one() if known <= FEW else in_order()
    return backend.switch(ops.cast(most > FEW, "int32"), [one_by_one, in_order])


def _few_ties(rows: SortedRows, start: Tensor, ties: Tensor, weights: Tensor, most: int) -> Tensor:
    share = weights / ops.cast(ops.maximum(ties, 1), weights.dtype)
    total = ops.zeros_like(rows.keys, dtype=weights.dtype)
    last = ops.shape(rows.keys)[1] - 1
    for i in range(most):
        columns = backend.take_along_rows(rows.order, ops.minimum(start + i, last))
        total = backend.scatter_add_along_rows(total, columns, ops.where(ties > i, share, ops.zeros_like(share)))
    return total


def _many_ties(rows: SortedRows, start: Tensor, ties: Tensor, weights: Tensor) -> Tensor:
    # Along the order a weight enters where its tied keys start, and leaves at their end. Sums of whole weights and of
    # whole tie counts leave no rounding behind at later places; sums of quotients would.
    edges = ops.concatenate([start, start + ties], axis=1)
    empty = ops.pad(ops.zeros_like(rows.keys, dtype=weights.dtype), [[0, 0], [0, 1]])

    def along(x: Tensor) -> Tensor:
        return backend.cumsum(backend.scatter_add_along_rows(empty, edges, ops.concatenate([x, -x], axis=1)))[:, :-1]

    weight, many = along(weights), along(weights * ops.cast(ties, weights.dtype))
    some = many > 0
    share = ops.where(some, weight * weight / ops.where(some, many, ops.ones_like(many)), ops.zeros_like(many))
    return backend.scatter_add_along_rows(ops.zeros_like(share), rows.order, share)

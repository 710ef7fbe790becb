"""Pairs: the distances between anchors and references, and which of them belong together."""

from typing import Any, NamedTuple

from keras import ops

from semihard import _backend

Tensor = Any


class Pairs(NamedTuple):
    """Anchors against references, the references ordered by label, so that an anchor's class is a range of columns.

    Two integers an anchor replace two masks of [anchors, references]: reference c belongs to the class of anchor i when
    `start[i] <= c < stop[i]`; it is a positive of i when also `c != own[i]`, else a negative.

    Attributes:
        distances: [anchors, references], smaller is nearer.
        start, stop: int32 [anchors], the columns of the anchor's class.
        own: int32 [anchors], the column that is the anchor itself.
        nonnegative: whether no distance is below 0 or −0.0, which spares some work.
    """

    distances: Tensor
    start: Tensor
    stop: Tensor
    own: Tensor
    nonnegative: bool = False


class Classes(NamedTuple):
    """A batch ordered by label.

    Attributes:
        order: int32 [batch], row of the batch at each place of the order.
        place: int32 [batch], the inverse: place of each row of the batch.
        start, stop: int32 [batch], the places of the class of the row at each place.
    """

    order: Tensor
    place: Tensor
    start: Tensor
    stop: Tensor


def classes_of(codes: Tensor) -> Classes:
    """Order integer label codes [batch] by value."""
    order = ops.cast(ops.argsort(codes), "int32")
    ordered = _backend.take(codes, order)
    place = ops.cast(ops.argsort(order), "int32")
    row = ordered[None, :]  # `ops.searchsorted` fails in a compiled PyTorch graph of unknown batch
    start, stop = (ops.cast(_backend.search_rows(row, row, side)[0], "int32") for side in ("left", "right"))
    return Classes(order, place, start, stop)

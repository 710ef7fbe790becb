"""Pairs: the distances between anchors and references, and which of them belong together."""

from typing import Any, NamedTuple, Self

import numpy as np

from semihard import backend
from semihard.backend import Tensor, ops


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

    def positive_mask(self) -> Tensor:
        """Which references are positives: bool [anchors, references]."""
        return ops.logical_not(self.negative_mask()) & (self._columns() != self.own[:, None])

    def negative_mask(self) -> Tensor:
        """Which references are negatives: bool [anchors, references]."""
        columns = self._columns()
        return (columns < self.start[:, None]) | (columns >= self.stop[:, None])

    def has_negative(self) -> Tensor:
        """Which anchors have a negative: bool [anchors]."""
        return self.stop - self.start < ops.shape(self.distances)[1]

    def positives(self) -> Tensor:
        """How many positives each anchor has: int32 [anchors]."""
        return self.stop - self.start - 1

    def listed(self) -> Self:
        """The same, ready to list the positives."""
        return self

    def positive_columns(self, count: Any, first: Any = 0) -> tuple[Tensor, Tensor]:
        """Columns [anchors, count] of each anchor's positives from the `first` on, and which of them exist."""
        columns = self.start[:, None] + (ops.arange(count, dtype="int32") + first)[None, :]
        columns = columns + ops.cast(columns >= self.own[:, None], "int32")
        return ops.minimum(columns, ops.shape(self.distances)[1] - 1), columns < self.stop[:, None]

    def _columns(self) -> Tensor:
        return ops.arange(ops.shape(self.distances)[1], dtype="int32")[None, :]


class MaskedPairs(NamedTuple):
    """Anchors against references in any order, with a mask for the positives and one for the negatives.

    A reference may be neither. The methods are those of `Pairs`.

    Attributes:
        distances: [anchors, references], smaller is nearer.
        positive, negative: bool [anchors, references].
        order: int32 [anchors, references], the columns of each anchor's positives before all others, after `listed`.
        nonnegative: whether no distance is below 0 or −0.0.
    """

    distances: Tensor
    positive: Tensor
    negative: Tensor
    order: Tensor | None = None
    nonnegative: bool = False

    def positive_mask(self) -> Tensor:
        return self.positive

    def negative_mask(self) -> Tensor:
        return self.negative

    def has_negative(self) -> Tensor:
        return ops.any(self.negative, axis=1)

    def positives(self) -> Tensor:
        return ops.sum(ops.cast(self.positive, "int32"), axis=1)

    def listed(self) -> Self:
        # Sorting costs more than most strategies, and not all of them walk along the positives.
        width = ops.shape(self.distances)[1]
        columns = ops.arange(width, dtype="int32")[None, :]
        order = backend.sort_rows(ops.where(self.positive, columns, columns + width))[1]
        return self._replace(order=ops.cast(order, "int32"))

    def positive_columns(self, count: Any, first: Any = 0) -> tuple[Tensor, Tensor]:
        places = ops.arange(count, dtype="int32") + first
        exist = places[None, :] < self.positives()[:, None]
        places = ops.minimum(places, ops.shape(self.distances)[1] - 1)
        return backend.take_along_rows(self.order, ops.where(exist, places[None, :], 0)), exist


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
    host = backend.on_host(codes)
    if host is not None and len(host):
        return Classes(*(backend.off_host(x) for x in classes_on_host(host)))
    order = ops.cast(ops.argsort(codes), "int32")
    ordered = backend.gather_rows(codes, order)
    place = ops.cast(ops.argsort(order), "int32")
    row = ordered[None, :]  # `ops.searchsorted` fails in a compiled PyTorch graph of unknown batch
    start, stop = (ops.cast(backend.search_rows(row, row, side)[0], "int32") for side in ("left", "right"))
    return Classes(order, place, start, stop)


def classes_on_host(codes: np.ndarray) -> Classes:
    """The same of arrays, in a tenth of the calls' time."""
    batch = len(codes)
    order = np.argsort(codes, kind="stable").astype(np.int32)
    place = np.empty_like(order)
    place[order] = np.arange(batch, dtype=np.int32)
    ordered = codes[order]
    new = np.empty(batch + 1, bool)
    new[0] = new[-1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:-1])
    edges = np.flatnonzero(new).astype(np.int32)
    sizes = edges[1:] - edges[:-1]
    return Classes(order, place, np.repeat(edges[:-1], sizes), np.repeat(edges[1:], sizes))

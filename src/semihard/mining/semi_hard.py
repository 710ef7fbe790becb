"""Semi-hard negatives: for every positive pair, the nearest negative that is farther than the positive.

Schroff, Kalenichenko, Philbin, "FaceNet", 2015, §3.2. An anchor without such a negative takes its farthest one.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops

from semihard import _backend
from semihard.mining import _keys, _scan, _sort
from semihard.mining._ways import Way
from semihard.pairs import Pairs

Tensor = Any
# margin + positive distance − negative distance → (cost, its slope); hashable, since compiled programs are kept by it
Pay = Callable[[Tensor], tuple[Tensor, Tensor]]

# Positives whose places a sort looks up at a time, where their number is only known while the program runs.
AT_ONCE = 256


class Triplets(NamedTuple):
    """Few triplets, one by one.

    Attributes:
        cost: [anchors], the sum over the anchor's positives.
        columns: int32 [anchors, n], the references that the cost depends on, some of them more than once.
        slopes: [anchors, n], the derivative of the cost by the distance to each.
        distances: [anchors, n], those distances.
        crowded: bool [], whether more than two negatives were tied somewhere, so that some of them are missing.
    """

    cost: Tensor
    columns: Tensor
    slopes: Tensor
    distances: Tensor
    crowded: Tensor


@dataclasses.dataclass(frozen=True)
class SemiHard:
    """The strategy, hashable: compiled programs are kept by it.

    Attributes:
        pay: maps margin + d(anchor, positive) − d(anchor, negative) to the cost of a triplet and its slope.
        row_minimum: whether a positive pair without any negative pays against the row's smallest distance, as in
            TensorFlow Addons. By default such a pair is left out.
    """

    pay: Pay
    row_minimum: bool = False

    def slopes(self, pairs: Pairs, margin: Tensor, way: Way) -> tuple[Tensor, Tensor]:
        """The cost of each anchor [anchors], and its derivative by each distance [anchors, references].

        The margin is a scalar tensor, so that programs are compiled once for all margins. Tied negatives share the
        slope equally.
        """
        search = self._scan_slopes if way.search == "scan" else self._sort_slopes
        return search(pairs, margin, way.positives)

    def triplets(self, pairs: Pairs, margin: Tensor, way: Way) -> Triplets:
        """The same for few positives an anchor, without a matrix of slopes."""
        columns, valid = _positives(pairs, way.positives)
        positive = _backend.take_columns(pairs.distances, columns)
        keys, chosen = self._scan(pairs, positive)
        cost, slope = self._paid(pairs, margin, positive, valid, chosen)
        ties = _scan.count_equal(keys, chosen)
        first, last = _scan.first_and_last(keys, chosen)
        share = slope / ops.cast(ops.maximum(ties, 1), slope.dtype)
        zero = ops.zeros_like(share)
        negative = _keys.distances_of(chosen, pairs.nonnegative)
        # A fallback to the row's minimum is tied with no negative: nothing receives its gradient.
        return Triplets(
            ops.sum(cost, axis=1),
            ops.concatenate([columns, first, last], axis=1),
            ops.concatenate([slope, ops.where(ties > 0, -share, zero), ops.where(ties > 1, -share, zero)], axis=1),
            ops.concatenate([positive, negative, negative], axis=1),
            ops.any((ties > 2) & (slope != 0)),
        )

    def _scan(self, pairs: Pairs, positive: Tensor) -> tuple[Tensor, Tensor]:
        keys, fallback = self._masked_keys(pairs)
        keys = _scan.padded(keys)
        nearest = _scan.nearest_above(keys, _keys.keys_of(positive, pairs.nonnegative))
        return keys, ops.where(nearest == _keys.LARGEST, fallback[:, None], nearest)

    def _scan_slopes(self, pairs: Pairs, margin: Tensor, positives: int | None) -> tuple[Tensor, Tensor]:
        columns, valid = _positives(pairs, positives)
        positive = _backend.take_columns(pairs.distances, columns)
        keys, chosen = self._scan(pairs, positive)
        cost, slope = self._paid(pairs, margin, positive, valid, chosen)
        share = slope / ops.cast(ops.maximum(_scan.count_equal(keys, chosen), 1), slope.dtype)
        slopes = _backend.put_rows(ops.zeros_like(pairs.distances), columns, slope)
        return ops.sum(cost, axis=1), slopes - _scan.spread(keys, chosen, share)[:, : ops.shape(pairs.distances)[1]]

    def _sort_slopes(self, pairs: Pairs, margin: Tensor, positives: int | None) -> tuple[Tensor, Tensor]:
        keys, fallback = self._masked_keys(pairs)
        rows = _sort.sort_rows(keys)
        most = positives
        if most is None and isinstance(ops.shape(keys)[1], int):
            most = max(ops.shape(keys)[1] - 1, 1)
        # Their number may be far below what the batch allows: a loop takes as many rounds as there are positives for.
        at_once = most if positives is not None or (most is not None and most <= AT_ONCE) else AT_ONCE

        def add(i: Any, so_far: Any) -> Any:
            cost, slopes = so_far
            columns, valid = _positives(pairs, at_once, i * at_once)
            positive = _backend.take_columns(pairs.distances, columns)
            thresholds = _keys.keys_of(positive, pairs.nonnegative)
            chosen, start, ties = _sort.nearest_above(rows, thresholds, fallback)
            costs, slope = self._paid(pairs, margin, positive, valid, chosen)
            slopes = _backend.put_rows(slopes, columns, slope) - _sort.spread(rows, start, ties, slope)
            return cost + ops.sum(costs, axis=1), slopes

        zero = ops.zeros_like(pairs.distances)
        if at_once == most:
            return add(0, (zero[:, 0], zero))
        rounds = (_most_positives(pairs) + (AT_ONCE - 1)) // AT_ONCE
        return _backend.fold(rounds, add, (zero[:, 0], zero))

    def _masked_keys(self, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """Keys of the negatives, the largest key elsewhere; and the key that an anchor falls back to."""
        column = ops.arange(ops.shape(pairs.distances)[1], dtype="int32")[None, :]
        same = (column >= pairs.start[:, None]) & (column < pairs.stop[:, None])
        keys = _keys.keys_of(pairs.distances, pairs.nonnegative)
        fallback = ops.amax(ops.where(same, _keys.smallest(keys), keys), axis=1)
        if self.row_minimum:
            fallback = ops.where(ops.all(same, axis=1), ops.amin(keys, axis=1), fallback)
        return ops.where(same, _keys.largest(keys), keys), fallback

    def _paid(
        self, pairs: Pairs, margin: Tensor, positive: Tensor, valid: Tensor, chosen: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Cost and slope [anchors, positives] of each triplet, 0 for those that do not exist."""
        if not self.row_minimum:
            valid = valid & (pairs.stop - pairs.start < ops.shape(pairs.distances)[1])[:, None]
        cost, slope = self.pay(margin + positive - _keys.distances_of(chosen, pairs.nonnegative))
        zero = ops.zeros_like(cost)
        return ops.where(valid, cost, zero), ops.where(valid, slope, zero)


def _positives(pairs: Pairs, count: Any, first: Any = 0) -> tuple[Tensor, Tensor]:
    """Columns [anchors, count] of each anchor's positives from the `first` on, and which of them exist."""
    columns = pairs.start[:, None] + (ops.arange(count, dtype="int32") + first)[None, :]
    columns = columns + ops.cast(columns >= pairs.own[:, None], "int32")
    return ops.minimum(columns, ops.shape(pairs.distances)[1] - 1), columns < pairs.stop[:, None]


def _most_positives(pairs: Pairs) -> Tensor:
    return ops.amax(pairs.stop - pairs.start) - 1

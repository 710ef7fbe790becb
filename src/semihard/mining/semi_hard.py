"""Semi-hard negatives: for every positive pair, the nearest negative that is farther than the positive.

Schroff, Kalenichenko, Philbin, "FaceNet", 2015, §3.2. An anchor without such a negative takes its farthest one.
"""

import dataclasses
from typing import Any, NamedTuple

import numpy as np

from semihard import backend
from semihard.backend import Tensor, ops
from semihard.mining import _keys, _scan, _sort
from semihard.mining._algorithms import Algorithm, can_scan, dispatch, matrix_algorithms, run, sizes
from semihard.mining._positives import over_positives
from semihard.mining.pairs import MaskedPairs, Pairs
from semihard.mining.strategy import CostFn, Mined


class Triplets(NamedTuple):
    """Few triplets, one by one.

    Attributes:
        cost: [anchors], the sum over the anchor's positives.
        count: [anchors], how many triplets the strategy's `average` counts.
        columns: int32 [anchors, n], the references that the cost depends on, some of them more than once.
        slopes: [anchors, n], the derivative of the cost by the distance to each.
        distances: [anchors, n], those distances.
        overflow: bool [], whether more than two negatives were tied somewhere, so that some of them are missing.
    """

    cost: Tensor
    count: Tensor
    columns: Tensor
    slopes: Tensor
    distances: Tensor
    overflow: Tensor


@dataclasses.dataclass(frozen=True)
class SemiHard:
    """The strategy, hashable: compiled programs are kept by it.

    Attributes:
        cost_fn: maps margin + d(anchor, positive) − d(anchor, negative) to the cost of a triplet and its slope.
        row_minimum: whether a positive pair without any negative pays against the row's smallest distance, as in
            TensorFlow Addons. By default such a pair is left out.
        fallback: whether a positive pair without a farther negative pays against the farthest one. Else it is left out.
        average: which triplets are counted: "all", or the "active" ones, whose cost has a slope of 1. None: it does not
            matter, and the count is that of nothing.
    """

    cost_fn: CostFn
    row_minimum: bool = False
    fallback: bool = True
    average: str | None = None

    def mine(self, pairs: Pairs | MaskedPairs, margin: Tensor) -> Mined:
        pairs = pairs.listed()
        width, positives, known = sizes(pairs.distances, pairs.positives)
        ways = matrix_algorithms(width if isinstance(width, int) else None, known, can_scan(pairs.distances))
        cost, slopes, _ = dispatch(
            ways, width, positives, lambda way: run(_slopes, way, strategy=self, kind=type(pairs))(margin, *pairs[:-1])
        )
        return Mined(cost, slopes, ops.cast(self._triplets_of(pairs), cost.dtype))

    def _triplets_of(self, pairs: Pairs | MaskedPairs) -> Tensor:
        if self.fallback:
            chosen = pairs.positives()
            return chosen if self.row_minimum else ops.where(pairs.has_negative(), chosen, 0)
        farthest = ops.amax(ops.where(pairs.negative_mask(), pairs.distances, -np.inf), axis=1, keepdims=True)
        return ops.sum(ops.cast(pairs.positive_mask() & (pairs.distances < farthest), "int32"), axis=1)

    def slopes(self, pairs: Pairs | MaskedPairs, margin: Tensor, way: Algorithm) -> tuple[Tensor, Tensor, Tensor]:
        """Cost of each anchor [anchors], its derivative by each distance [anchors, references], and counts [anchors].

        The margin is a scalar tensor, so that programs are compiled once for all margins. Tied negatives share the
        slope equally.
        """
        search = self._scan_slopes if way.search == "scan" else self._sort_slopes
        return search(pairs, margin, way.positives)

    def triplets(self, pairs: Pairs | MaskedPairs, margin: Tensor, way: Algorithm) -> Triplets:
        """The same for few positives an anchor, without a matrix of slopes."""
        columns, valid = pairs.positive_columns(way.positives)
        positive = backend.take_along_rows(pairs.distances, columns)
        keys, fallback = self._masked_keys(pairs)
        # A threshold below the farthest negative makes that the nearest one above, where no other is.
        thresholds = ops.minimum(_keys.keys_of(positive, pairs.nonnegative), fallback[:, None] - 1)
        nearest, ties, first, last = _scan.places_above(_scan.padded(keys), thresholds)
        chosen = ops.where(nearest == _keys.LARGEST, fallback[:, None], nearest)
        cost, slope, count = self._paid(pairs, margin, positive, valid, chosen)
        share = slope / ops.cast(ops.maximum(ties, 1), slope.dtype)
        zero = ops.zeros_like(share)
        negative = _keys.distances_of(chosen, pairs.nonnegative)
        # A fallback to the row's minimum is tied with no negative: nothing receives its gradient.
        return Triplets(
            cost,
            count,
            ops.concatenate([columns, first, last], axis=1),
            ops.concatenate([slope, ops.where(ties > 0, -share, zero), ops.where(ties > 1, -share, zero)], axis=1),
            ops.concatenate([positive, negative, negative], axis=1),
            ops.any((ties > 2) & (slope != 0)),
        )

    def _scan(self, pairs: Pairs | MaskedPairs, positive: Tensor) -> tuple[Tensor, Tensor]:
        keys, fallback = self._masked_keys(pairs)
        keys = _scan.padded(keys)
        nearest = _scan.nearest_above(keys, _keys.keys_of(positive, pairs.nonnegative))
        return keys, ops.where(nearest == _keys.LARGEST, fallback[:, None], nearest)

    def _scan_slopes(
        self, pairs: Pairs | MaskedPairs, margin: Tensor, positives: int | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        columns, valid = pairs.positive_columns(positives)
        positive = backend.take_along_rows(pairs.distances, columns)
        keys, chosen = self._scan(pairs, positive)
        cost, slope, count = self._paid(pairs, margin, positive, valid, chosen)
        share = slope / ops.cast(ops.maximum(_scan.count_equal(keys, chosen), 1), slope.dtype)
        slopes = backend.scatter_add_along_rows(ops.zeros_like(pairs.distances), columns, slope)
        spread = _scan.spread(keys, chosen, share)[:, : ops.shape(pairs.distances)[1]]
        return cost, slopes - spread, count

    def _sort_slopes(
        self, pairs: Pairs | MaskedPairs, margin: Tensor, positives: int | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        keys, fallback = self._masked_keys(pairs)
        rows = _sort.sort_rows(keys)

        def add(columns: Tensor, valid: Tensor, so_far: Any) -> Any:
            cost, slopes, count = so_far
            positive = backend.take_along_rows(pairs.distances, columns)
            thresholds = _keys.keys_of(positive, pairs.nonnegative)
            chosen, start, ties = _sort.nearest_above(rows, thresholds, fallback)
            costs, slope, counted = self._paid(pairs, margin, positive, valid, chosen)
            slopes = backend.scatter_add_along_rows(slopes, columns, slope) - _sort.spread(rows, start, ties, slope)
            return cost + costs, slopes, count + counted

        zero = ops.zeros_like(pairs.distances)
        return over_positives(pairs, positives, add, (zero[:, 0], zero, zero[:, 0]))

    def _masked_keys(self, pairs: Pairs | MaskedPairs) -> tuple[Tensor, Tensor]:
        """Keys of the negatives, the largest key elsewhere; and the key that an anchor falls back to."""
        negative = pairs.negative_mask()
        keys = _keys.keys_of(pairs.distances, pairs.nonnegative)
        fallback = ops.amax(ops.where(negative, keys, _keys.smallest(keys)), axis=1)
        if self.row_minimum:
            fallback = ops.where(ops.any(negative, axis=1), fallback, ops.amin(keys, axis=1))
        return ops.where(negative, keys, _keys.largest(keys)), fallback

    def _paid(
        self, pairs: Pairs | MaskedPairs, margin: Tensor, positive: Tensor, valid: Tensor, chosen: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Cost of each anchor [anchors], slope of each triplet [anchors, positives], and how many count [anchors].

        Triplets that do not exist have a slope of 0.
        """
        negative = _keys.distances_of(chosen, pairs.nonnegative)
        if not self.row_minimum:
            valid = valid & pairs.has_negative()[:, None]
        return self.paid(margin, positive, negative, valid)

    def paid(self, margin: Tensor, positive: Tensor, negative: Tensor, valid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The same from tensors, or NumPy arrays, of distances [anchors, positives]."""
        ops = backend.array_namespace(positive)
        if not self.fallback:
            valid = valid & (negative > positive)
        cost, slope = self.cost_fn(margin + positive - negative)
        zero = ops.zeros_like(cost)
        slope = ops.where(valid, slope, zero)
        cost = ops.sum(ops.where(valid, cost, zero), axis=1)
        if self.average is None:
            return cost, slope, cost
        counted = ops.cast(valid, cost.dtype) if self.average == "all" else slope
        return cost, slope, ops.sum(counted, axis=1)


def _slopes(
    margin: Tensor, *fields: Tensor, way: Algorithm, strategy: SemiHard, kind: type[Pairs] | type[MaskedPairs]
) -> tuple[Tensor, Tensor, Tensor]:
    return strategy.slopes(kind(*fields), margin, way)

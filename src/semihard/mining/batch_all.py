"""Every positive of an anchor against all negatives or a window of them, for a hinge: O(B² log B) time, O(B²) memory.

Hermans, Beyer, Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017, §2 (batch all). The triplets
of a positive that pay are those whose negative is nearer than a limit: a stretch of the sorted negatives. Their number
is found by a binary search, their sum is a difference of sums along the order, and a negative's slope is the number of
stretches that it lies in.
"""

import dataclasses
from typing import Any

from semihard import backend
from semihard.backend import Tensor, ops
from semihard.mining import _keys, _sort
from semihard.mining._algorithms import sizes
from semihard.mining._extremes import only
from semihard.mining._positives import over_positives
from semihard.mining._prefix_sums import Parts, grid_of, sums_along
from semihard.mining.pairs import MaskedPairs, Pairs
from semihard.mining.strategy import Mined


@dataclasses.dataclass(frozen=True)
class BatchAll:
    """The strategy, for max(0, margin + d(anchor, positive) − d(anchor, negative)).

    Attributes:
        negatives: "all"; "all_semi_hard" for those that are farther than the positive by less than the margin;
            "all_hard" for those that are not farther than the positive.
        closed: whether the slope is 1 where the hinge is at exactly 0, else 0.
    """

    negatives: str = "all"
    closed: bool = True

    def mine(self, pairs: Pairs | MaskedPairs, margin: Tensor) -> Mined:
        pairs = pairs.listed()
        distances, negative = pairs.distances, pairs.negative_mask()
        keys = _keys.keys_of(distances)
        rows = _sort.sort_rows(ops.where(negative, keys, _keys.largest(keys)))
        grid = grid_of(distances, margin)
        sums = sums_along(backend.take_along_rows(only(negative, distances), rows.order), grid)
        opposed = ops.sum(ops.cast(negative, "int32"), axis=1, keepdims=True)

        def add(columns: Tensor, exist: Tensor, so_far: Any) -> Any:
            cost, slopes, edges, triplets = so_far
            positive = backend.take_along_rows(distances, columns)
            limit = margin + positive
            start, stop, chosen = self._stretch(rows.keys, positive, limit, opposed)
            count = only(exist, ops.cast(stop - start, cost.dtype))
            cost = cost + ops.sum(only(exist, Parts.of(limit, grid).times(count).minus(sums, start, stop)), axis=1)
            slopes = backend.scatter_add_along_rows(slopes, columns, count)
            # Along the order, a stretch adds 1 where it starts and takes it back where it stops.
            one = ops.cast(exist, cost.dtype)
            edges = backend.scatter_add_along_rows(
                edges, ops.concatenate([start, stop], axis=1), ops.concatenate([one, -one], axis=1)
            )
            return cost, slopes, edges, triplets + ops.sum(only(exist, ops.cast(chosen, cost.dtype)), axis=1)

        zero = ops.zeros_like(distances)
        _, _, most = sizes(distances, pairs.positives)
        carry = (zero[:, 0], zero, ops.pad(zero, [[0, 0], [0, 1]]), zero[:, 0])
        cost, slopes, edges, triplets = over_positives(pairs, most, add, carry)
        pushed = backend.cumsum(edges)[:, :-1]
        return Mined(cost, backend.scatter_add_along_rows(slopes, rows.order, -pushed), triplets)

    def _stretch(self, keys: Tensor, positive: Tensor, limit: Tensor, opposed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Where the sorted negatives that pay start and stop, and how many are chosen: int32 [anchors, positives]."""

        def nearer(than: Tensor, or_equal: bool) -> Tensor:
            places = backend.search_rows(keys, _keys.keys_of(than), "right" if or_equal else "left")
            return ops.minimum(ops.cast(places, "int32"), opposed)

        if self.negatives == "all":
            stop = nearer(limit, self.closed)
            return ops.zeros_like(stop), stop, opposed + ops.zeros_like(stop)
        hard = nearer(positive, True)
        if self.negatives == "all_hard":
            return ops.zeros_like(hard), ops.minimum(hard, nearer(limit, self.closed)), hard
        stop = ops.maximum(hard, nearer(limit, False))
        return hard, stop, stop - hard

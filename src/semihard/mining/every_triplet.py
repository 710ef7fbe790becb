"""Every positive of an anchor against every negative, for any price: O(B²) memory, a pass over the batch a positive."""

import dataclasses
from typing import Any

from semihard import backend
from semihard.backend import Tensor, ops
from semihard.mining._extremes import only
from semihard.mining.pairs import MaskedPairs, Pairs
from semihard.mining.strategy import CostFn, Mined


@dataclasses.dataclass(frozen=True)
class EveryTriplet:
    """The strategy, for prices whose sum over negatives is not known from sorting (`BatchAll` does that for the hinge).

    Attributes:
        cost_fn: maps margin + d(anchor, positive) − d(anchor, negative) to the cost of a triplet and its slope.
        hard: whether only negatives that are not farther than the positive count.
    """

    cost_fn: CostFn
    hard: bool = False

    def mine(self, pairs: Pairs | MaskedPairs, margin: Tensor) -> Mined:
        pairs = pairs.listed()
        distances, negative = pairs.distances, pairs.negative_mask()

        def add(i: Any, so_far: Any) -> Any:
            cost, slopes, triplets = so_far
            columns, exist = pairs.positive_columns(1, i)
            positive = backend.take_along_rows(distances, columns)
            chosen = negative & exist
            if self.hard:
                chosen = chosen & (distances <= positive)
            costs, slope = self.cost_fn(margin + positive - distances)
            costs, slope = only(chosen, costs), only(chosen, slope)
            slopes = backend.scatter_add_along_rows(slopes - slope, columns, ops.sum(slope, axis=1, keepdims=True))
            return cost + ops.sum(costs, axis=1), slopes, triplets + ops.sum(ops.cast(chosen, cost.dtype), axis=1)

        zero = ops.zeros_like(distances)
        return Mined(*backend.fori_loop(ops.amax(pairs.positives()), add, (zero[:, 0], zero, zero[:, 0])))

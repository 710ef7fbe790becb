"""Every positive of an anchor against its nearest negative."""

import dataclasses

from semihard.backend import Tensor, ops
from semihard.mining._extremes import extreme, only, shares
from semihard.mining.pairs import MaskedPairs, Pairs
from semihard.mining.strategy import CostFn, Mined


@dataclasses.dataclass(frozen=True)
class NearestNegative:
    """The strategy. Negatives at exactly the smallest distance share the slope equally.

    Attributes:
        cost_fn: maps margin + d(anchor, positive) − d(anchor, negative) to the cost of a triplet and its slope.
    """

    cost_fn: CostFn

    def mine(self, pairs: Pairs | MaskedPairs, margin: Tensor) -> Mined:
        negative = extreme(pairs.distances, pairs.negative_mask(), farthest=False)
        paired = pairs.positive_mask() & negative.exists
        cost, slope = self.cost_fn(margin + pairs.distances - negative.distance)
        cost, slope = only(paired, cost), only(paired, slope)
        slopes = slope - shares(negative.tied, ops.sum(slope, axis=1, keepdims=True))
        return Mined(ops.sum(cost, axis=1), slopes, ops.sum(ops.cast(paired, cost.dtype), axis=1))

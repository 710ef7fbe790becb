"""One positive an anchor, the farthest or the nearest, against one or many of its negatives.

Farthest: Hermans, Beyer, Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017, §2. Nearest: Xuan,
Stylianou, Pless, "Improved Embeddings with Easy Positive Triplet Mining", 2020, §3.
"""

import dataclasses

from semihard.backend import Tensor, ops
from semihard.mining._extremes import Extreme, extreme, only, shares
from semihard.mining.pairs import MaskedPairs, Pairs
from semihard.mining.strategy import CostFn, Mined


@dataclasses.dataclass(frozen=True)
class OnePositive:
    """The strategy. References at exactly the chosen distance share the slope equally.

    Attributes:
        cost_fn: maps margin + d(anchor, positive) − d(anchor, negative) to the cost of a triplet and its slope.
        farthest: whether the positive is the anchor's farthest; else its nearest.
        negatives: "hardest" for the nearest one, "semi_hard" for the nearest one that is farther than the positive,
            "all", "all_semi_hard" for those between the positive and the margin, "all_hard" for those not farther than
            the positive.
        fallback: whether an anchor without a semi-hard negative pays against its farthest one. Else it is left out.
        alone: whether an anchor without a positive takes the smallest distance of its row, as TensorFlow Addons does in
            batch-hard mining, and one without a negative the largest. Else they are left out.
    """

    cost_fn: CostFn
    farthest: bool
    negatives: str
    fallback: bool = True
    alone: bool = False

    def mine(self, pairs: Pairs | MaskedPairs, margin: Tensor) -> Mined:
        positive = extreme(pairs.distances, pairs.positive_mask(), farthest=self.farthest)
        if self.alone:
            return self._against_one(
                _or_of_row(positive, pairs.distances, farthest=False),
                _or_of_row(extreme(pairs.distances, pairs.negative_mask(), farthest=False), pairs.distances, True),
                margin,
            )
        negative = pairs.negative_mask() & positive.exists
        if self.negatives in ("hardest", "semi_hard"):
            return self._against_one(positive, self._one(pairs.distances, positive.distance, negative), margin)
        return self._against_many(pairs.distances, positive, negative, margin)

    def _one(self, distances: Tensor, positive: Tensor, negative: Tensor) -> Extreme:
        if self.negatives == "hardest":
            return extreme(distances, negative, farthest=False)
        found = extreme(distances, negative & (distances > positive), farthest=False)
        if not self.fallback:
            return found
        other = extreme(distances, negative, farthest=True)
        return _or(found, other)

    def _against_one(self, positive: Extreme, negative: Extreme, margin: Tensor) -> Mined:
        cost, slope = self.cost_fn(margin + positive.distance - negative.distance)
        cost, slope = only(negative.exists, cost), only(negative.exists, slope)
        slopes = shares(positive.tied, slope) - shares(negative.tied, slope)
        return Mined(cost[:, 0], slopes, ops.cast(negative.exists, cost.dtype)[:, 0])

    def _against_many(self, distances: Tensor, positive: Extreme, negative: Tensor, margin: Tensor) -> Mined:
        if self.negatives == "all_semi_hard":
            negative = negative & (distances > positive.distance) & (distances < margin + positive.distance)
        elif self.negatives == "all_hard":
            negative = negative & (distances <= positive.distance)
        cost, slope = self.cost_fn(margin + positive.distance - distances)
        cost, slope = only(negative, cost), only(negative, slope)
        slopes = shares(positive.tied, ops.sum(slope, axis=1, keepdims=True)) - slope
        return Mined(ops.sum(cost, axis=1), slopes, ops.sum(ops.cast(negative, cost.dtype), axis=1))


def _or(found: Extreme, other: Extreme) -> Extreme:
    return Extreme(
        ops.where(found.exists, found.distance, other.distance),
        ops.where(found.exists, found.tied, other.tied),
        other.exists,
    )


def _or_of_row(found: Extreme, distances: Tensor, farthest: bool) -> Extreme:
    """The farthest or the nearest of all references where nothing was found."""
    return _or(found, extreme(distances, ops.ones_like(distances, dtype="bool"), farthest))

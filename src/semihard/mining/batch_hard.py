"""Batch-hard triplets: for every anchor, its farthest positive and its nearest negative.

Hermans, Beyer, Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017, §2.
"""

import dataclasses

import numpy as np
from keras import ops

from semihard.backend import Tensor
from semihard.mining.strategy import CostFn


@dataclasses.dataclass(frozen=True)
class BatchHard:
    """Program for `_backend.with_gradient`: distances [anchors, references] → cost of each anchor, slopes by distances.

    It writes its slopes down, since a compiler may compute a distance twice, rounded differently: what the gradient of
    a maximum then compares is no longer equal.

    An anchor without a positive takes the smallest distance of its row, one without a negative the largest. References
    at exactly the chosen distance share the slope equally.

    Attributes:
        cost_fn: maps margin + d(anchor, positive) − d(anchor, negative) to the cost and its slope.
    """

    cost_fn: CostFn

    def __call__(
        self, distances: Tensor, weights: Tensor | None, margin: Tensor, positive: Tensor, negative: Tensor
    ) -> tuple[Tensor, Tensor]:
        alone = ops.logical_not(ops.any(positive, axis=1, keepdims=True))
        unopposed = ops.logical_not(ops.any(negative, axis=1, keepdims=True))
        farthest, nearest = ops.where(positive, distances, -np.inf), ops.where(negative, distances, np.inf)
        farthest, nearest = ops.amax(farthest, axis=1, keepdims=True), ops.amin(nearest, axis=1, keepdims=True)
        farthest = ops.where(alone, ops.amin(distances, axis=1, keepdims=True), farthest)
        nearest = ops.where(unopposed, ops.amax(distances, axis=1, keepdims=True), nearest)
        cost, slope = self.cost_fn(margin + farthest - nearest)
        slope = slope if weights is None else slope * weights[:, None]
        pulled = _shares(ops.logical_or(positive, alone) & (distances == farthest), slope)
        pushed = _shares(ops.logical_or(negative, unopposed) & (distances == nearest), slope)
        return cost[:, 0], pulled - pushed


def _shares(chosen: Tensor, slope: Tensor) -> Tensor:
    chosen = ops.cast(chosen, slope.dtype)
    return chosen * (slope / ops.sum(chosen, axis=1, keepdims=True))

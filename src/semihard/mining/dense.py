"""What a batch costs, and how that pulls at its distances."""

import dataclasses
from collections.abc import Callable

from keras import ops

from semihard.backend import Tensor
from semihard.mining._extremes import only
from semihard.mining.pairs import MaskedPairs, Pairs
from semihard.mining.strategy import Strategy


@dataclasses.dataclass(frozen=True)
class Dense:
    """Program: distances [anchors, references], the margin, who is who → costs, gradient by distances.

    Attributes:
        strategy: what to mine and how to pay.
        pairs_of: makes pairs of distances and of who is who: `Pairs` (start, stop, own) or `MaskedPairs` (positive,
            negative).
        average: None for the cost of each anchor. Else it is scaled so that its mean over anchors is the mean over
            triplets: "all" of them, or the "active" ones, whose cost has a slope of 1.
    """

    strategy: Strategy
    pairs_of: Callable[..., Pairs | MaskedPairs] = Pairs
    average: str | None = None

    def __call__(
        self, distances: Tensor, weights: Tensor | None, margin: Tensor, *who: Tensor
    ) -> tuple[Tensor, Tensor]:
        pairs = self.pairs_of(distances, *who)
        cost, slopes, triplets = self.strategy.mine(pairs, margin)
        if self.average is not None:
            if self.average == "active":
                # An active triplet adds its slope of 1 to that of its positive.
                triplets = ops.sum(only(pairs.positive_mask(), slopes), axis=1)
            count = ops.sum(triplets)
            anchors = ops.cast(ops.shape(distances)[0], cost.dtype)
            share = anchors / ops.where(count == 0, ops.ones_like(count), count)
            cost, slopes = cost * share, slopes * share
        return cost, slopes if weights is None else weights[:, None] * slopes

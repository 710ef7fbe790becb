"""What a batch costs, and how that pulls at its distances."""

import dataclasses
from collections.abc import Callable

from semihard.backend import Tensor
from semihard.mining.pairs import MaskedPairs, Pairs
from semihard.mining.strategy import Strategy, counted, scale_of


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
        mined = self.strategy.mine(pairs, margin)
        cost, slopes = mined.cost, mined.slopes
        if self.average is not None:
            scale = scale_of(cost, counted(mined, pairs, self.average))
            cost, slopes = cost * scale, slopes * scale
        return cost, slopes if weights is None else weights[:, None] * slopes

"""What every strategy is: an object that chooses triplets and says what they cost."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from semihard import backend
from semihard.backend import Tensor, ops
from semihard.mining._extremes import only
from semihard.mining.pairs import MaskedPairs, Pairs

# margin + positive distance − negative distance → (cost, its slope); hashable, since compiled programs are kept by it
CostFn = Callable[[Tensor], tuple[Tensor, Tensor]]


class Mined(NamedTuple):
    """What the triplets of each anchor cost.

    Attributes:
        cost: [anchors], the sum over the anchor's triplets.
        slopes: [anchors, references], its derivative by each distance.
        triplets: [anchors], how many there are, in the dtype of the cost: an integer of 32 bits would be too small.
    """

    cost: Tensor
    slopes: Tensor
    triplets: Tensor


class Strategy(Protocol):
    """Hashable, since compiled programs are kept by it."""

    def mine(self, pairs: Pairs | MaskedPairs, margin: Tensor) -> Mined:
        """Choose triplets and add them up. The margin is a scalar tensor: one program serves all margins."""


def counted(mined: Mined, pairs: Pairs | MaskedPairs, average: str | None) -> Tensor:
    """How many triplets of each anchor [anchors] a mean is over: "all", or the "active" ones, with a slope of 1."""
    if average == "active":
        # An active triplet adds its slope of 1 to that of its positive.
        return ops.sum(only(pairs.positive_mask(), mined.slopes), axis=1)
    return mined.triplets


def scale_of(cost: Tensor, count: Tensor) -> Tensor:
    """What makes the mean over anchors of their cost [anchors] the mean over the triplets counted [anchors]."""
    ops = backend.array_namespace(count)
    total = ops.sum(count)
    return ops.cast(ops.shape(cost)[0], cost.dtype) / ops.where(total == 0, ops.ones_like(total), total)

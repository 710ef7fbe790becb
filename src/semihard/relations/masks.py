"""Two masks over the pairs of a batch."""

from typing import NamedTuple

from keras import ops

from semihard.backend import Tensor


class Masks(NamedTuple):
    """Which pairs are positive and which negative; no pair is both, and a sample with itself is neither.

    Attributes:
        positive, negative: boolean [anchors, references].
    """

    positive: Tensor
    negative: Tensor


def masks_of(same: Tensor, counted: Tensor | None = None) -> Masks:
    """The masks of a batch: positive where `same`, negative elsewhere, neither on the diagonal and where not `counted`.

    Args:
        same, counted: boolean [anchors, batch], the anchors being the first rows; without `counted` every pair counts.
    """
    anchors, batch = ops.shape(same)
    others = ops.arange(anchors, dtype="int32")[:, None] != ops.arange(batch, dtype="int32")[None, :]
    counted = others if counted is None else ops.logical_and(counted, others)
    return Masks(ops.logical_and(counted, same), ops.logical_and(counted, ops.logical_not(same)))

"""The nearest or the farthest of some references of each anchor, and how they share a slope."""

from typing import NamedTuple

import numpy as np

from semihard.backend import Tensor, ops


class Extreme(NamedTuple):
    """One distance for each anchor.

    Attributes:
        distance: [anchors, 1]; 0 where there is none.
        tied: bool [anchors, references], the references at exactly this distance.
        exists: bool [anchors, 1].
    """

    distance: Tensor
    tied: Tensor
    exists: Tensor


def extreme(distances: Tensor, mask: Tensor, farthest: bool) -> Extreme:
    """The largest or the smallest distance [anchors, references] among those where the mask is true."""
    exists = ops.any(mask, axis=1, keepdims=True)
    if farthest:
        found = ops.amax(ops.where(mask, distances, -np.inf), axis=1, keepdims=True)
    else:
        found = ops.amin(ops.where(mask, distances, np.inf), axis=1, keepdims=True)
    return Extreme(ops.where(exists, found, ops.zeros_like(found)), mask & (distances == found), exists)


def shares(tied: Tensor, slope: Tensor) -> Tensor:
    """The slope [anchors, 1] in equal parts at the tied references: [anchors, references]."""
    parts = ops.cast(tied, slope.dtype)
    total = ops.sum(parts, axis=1, keepdims=True)
    return parts * (slope / ops.where(total == 0, ops.ones_like(total), total))


def only(mask: Tensor, x: Tensor) -> Tensor:
    """x where the mask is true, else 0."""
    return ops.where(mask, x, ops.zeros_like(x))

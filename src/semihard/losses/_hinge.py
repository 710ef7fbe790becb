"""The hinge that the losses share."""

from typing import Any

from keras import ops

Tensor = Any


def hinge(excess: Tensor) -> Tensor:
    """max(0, excess). Its gradient is 1 at exactly 0, as that of TensorFlow's `maximum`, and NaN stays NaN."""
    return ops.where(excess < 0, ops.zeros_like(excess), excess)

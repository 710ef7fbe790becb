"""The hinge that the losses share: for autodiff, and with its slope for programs that make their own gradient."""

from typing import Any

from keras import ops

Tensor = Any


def hinge(excess: Tensor) -> Tensor:
    """max(0, excess). Its gradient is 1 at exactly 0, as that of TensorFlow's `maximum`, and NaN stays NaN."""
    return ops.where(excess < 0, ops.zeros_like(excess), excess)


def hinge_and_slope(excess: Tensor) -> tuple[Tensor, Tensor]:
    """max(0, excess) and its slope, which is 1 at exactly 0, as TensorFlow's `maximum` has it."""
    active = excess >= 0
    return ops.where(active, excess, ops.zeros_like(excess)), ops.cast(active, excess.dtype)

"""The prices that the losses share: for autodiff, and with their slopes for programs that make their own gradient.

Those with slopes take tensors or NumPy arrays.
"""

from semihard import backend
from semihard.backend import Tensor, ops


def hinge(excess: Tensor) -> Tensor:
    """max(0, excess). Its gradient is 1 at exactly 0, as that of TensorFlow's `maximum`, and NaN stays NaN."""
    return ops.where(excess < 0, ops.zeros_like(excess), excess)


def hinge_and_slope(excess: Tensor) -> tuple[Tensor, Tensor]:
    """max(0, excess) and its slope, which is 1 at exactly 0, as TensorFlow's `maximum` has it."""
    ops = backend.array_namespace(excess)
    active = excess >= 0
    return ops.where(active, excess, ops.zeros_like(excess)), ops.cast(active, excess.dtype)


def hinge_and_open_slope(excess: Tensor) -> tuple[Tensor, Tensor]:
    """The same with a slope of 0 at exactly 0, where nothing is paid."""
    ops = backend.array_namespace(excess)
    active = excess > 0
    return ops.where(active, excess, ops.zeros_like(excess)), ops.cast(active, excess.dtype)


def softplus_and_slope(excess: Tensor) -> tuple[Tensor, Tensor]:
    """log(1 + exp(excess)) and its slope; it does not overflow."""
    ops = backend.array_namespace(excess)
    # Not `ops.softplus`, which on PyTorch is only good to 2e-9 in float64.
    return -ops.log_sigmoid(-excess), ops.sigmoid(excess)

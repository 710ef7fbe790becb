"""log Σ exp over the chosen entries of each row, without overflow and without NaN in rows of none."""

from keras import ops

from semihard.backend import Tensor


def log_sum_exp(x: Tensor, chosen: Tensor, plus_one: bool = False) -> Tensor:
    """log Σ exp(x) over the chosen entries of each row, or log(1 + Σ exp(x)); 0 for a row of none.

    Args:
        x: [rows, columns].
        chosen: boolean [rows, columns].
        plus_one: whether a 1 is added to the sum.

    Returns:
        [rows]. A row of none has gradient 0.
    """
    some = ops.any(chosen, axis=1, keepdims=True)
    # Not `ops.logsumexp`, which computes float64 in float32 on PyTorch, and gives a row of none NaN as gradient.
    lowest = -float("inf")
    most = ops.stop_gradient(ops.amax(ops.where(chosen, x, lowest), axis=1, keepdims=True))
    most = ops.where(some, most, ops.zeros_like(most))
    if plus_one:  # the exponential of 0
        most = ops.where(most < 0, ops.zeros_like(most), most)
    # The inner `where` keeps what is not chosen from overflowing in the gradient.
    terms = ops.where(chosen, ops.exp(ops.where(chosen, x - most, ops.zeros_like(x))), ops.zeros_like(x))
    total, most = ops.sum(terms, axis=1), most[:, 0]
    # 1 in a row of none, whose logarithm is 0.
    rest = ops.exp(-most) if plus_one else ops.cast(ops.logical_not(some[:, 0]), x.dtype)
    return ops.log(total + rest) + most

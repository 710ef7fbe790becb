"""Cross entropy of rows with targets that need not be one class."""

from keras import ops

from semihard.backend import Tensor


def cross_entropy(similarities: Tensor, targets: Tensor) -> Tensor:
    """−Σ target · log softmax(similarities) of each row: [rows, columns] twice → [rows]."""
    shifted = similarities - ops.stop_gradient(ops.amax(similarities, axis=1, keepdims=True))
    # Two sums, since their difference inside of one would be two more matrices to keep.
    logarithm = ops.log(ops.sum(ops.exp(shifted), axis=1))
    return ops.sum(targets, axis=1) * logarithm - ops.sum(targets * shifted, axis=1)

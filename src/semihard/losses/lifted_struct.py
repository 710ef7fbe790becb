"""The lifted structured loss, as TensorFlow Addons defined it."""

from typing import Any

import keras
from keras import ops

from semihard import distances
from semihard._core import checks
from semihard.backend import Tensor
from semihard.losses._all_pairs import over_pairs
from semihard.losses._log_sum_exp import log_sum_exp
from semihard.losses._reduce import DEGENERATE
from semihard.losses.base import EmbeddingLoss
from semihard.mining.costs import hinge
from semihard.relations import Masks


def lifted_struct_loss(
    labels: Any,
    embeddings: Any,
    margin: float = 1.0,
    *,
    degenerate: str = "finite",
    reduction: str | None = "mean",
) -> Tensor:
    """Σ max(0, J(i, j))² / (2 · number of positive pairs), over all ordered pairs i ≠ j of one label, with
    J(i, j) = d(i, j) + log(Σ exp(margin − d(i, n)) + Σ exp(margin − d(j, n))), sums over the negatives n of i and of j.

    d is the Euclidean distance. Values and gradients are those of `tensorflow_addons.losses.lifted_struct_loss` 0.23.
    It holds a few matrices of [batch, batch].

    Args:
        labels: [batch] or [batch, 1]: integers of any width, booleans, or strings (host data on every backend, tensors
            on TensorFlow). They are compared as they are, never as floats.
        embeddings: [batch, dim], floating point; not to be of unit length. Half precision is computed in float32.
        margin: in the units of the distance.
        degenerate: what a batch without positive pairs, or of one class only, gives. "finite": 0 with gradient 0.
            "addons": NaN, as in TensorFlow Addons.
        reduction: "mean" for the published scalar, "none" or None for one value an anchor, [batch], whose mean it is.

    Returns:
        A scalar, or [batch], in the dtype of `embeddings`. NaN or infinity in the embeddings gives NaN.

    Raises:
        ValueError: for an unknown option, a wrong rank, or different lengths.
        TypeError: for a margin that is no number, or labels or embeddings of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> embeddings = np.array([[0.0], [1.0], [1.0]], "float32")
        >>> loss = lifted_struct_loss([0, 0, 1], embeddings)
        >>> print(f"{float(loss):.4f}")  # J = 1 + log(exp(1 − 1) + exp(1 − 0)) = 2.3133, and J² / 2
        2.6756

    Source:
        Oh Song, Xiang, Jegelka, Savarese, "Deep Metric Learning via Lifted Structured Feature Embedding", 2016, eq. 4.
    """
    margin = checks.finite_number("margin", margin)
    checks.one_of("degenerate", degenerate, DEGENERATE)

    def per_anchor(matrix: Tensor, masks: Masks) -> Tensor:
        push = log_sum_exp(margin - matrix, masks.negative)
        # log(exp(a) + exp(b)) = a + log(1 + exp(b − a)), whose gradient is right for a = b too.
        both = push[:, None] - ops.log_sigmoid(push[:, None] - push[None, :])
        counted = ops.logical_and(masks.positive, ops.any(masks.negative))
        cost = ops.where(counted, ops.square(hinge(both + matrix)), ops.zeros_like(matrix))
        count = ops.sum(ops.cast(counted, matrix.dtype))
        if degenerate == "finite":
            count = ops.where(count == 0, ops.ones_like(count), count)
        batch = ops.cast(ops.shape(matrix)[0], matrix.dtype)
        return ops.sum(cost, axis=1) * (batch / (2.0 * count))

    return over_pairs(distances.euclidean, per_anchor, labels, embeddings, None, reduction, degenerate=degenerate)


@keras.saving.register_keras_serializable(package="semihard")
class LiftedStructLoss(EmbeddingLoss):
    """`lifted_struct_loss` for `model.compile(loss=...)`, with the name and arguments of TensorFlow Addons.

    Args:
        margin, degenerate: as in `lifted_struct_loss`.
        name, reduction, dtype: as in `keras.losses.Loss`.
        cross_replica: whether samples are compared with those of all replicas, as in `EmbeddingLoss`.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> model.compile("adam", loss=LiftedStructLoss(margin=0.5))
    """

    def __init__(
        self,
        margin: float = 1.0,
        name: str | None = "lifted_struct_loss",
        *,
        degenerate: str = "finite",
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(
            lifted_struct_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            cross_replica=cross_replica,
            margin=checks.finite_number("margin", margin),
            degenerate=checks.one_of("degenerate", degenerate, DEGENERATE),
        )

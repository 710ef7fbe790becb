"""The N-pairs loss, as TensorFlow Addons defined it."""

from typing import Any

import keras
from keras import ops

from semihard import _inputs
from semihard._core import checks
from semihard._inputs import codes_of
from semihard.backend import Tensor
from semihard.losses._cross_entropy import cross_entropy
from semihard.losses._reduce import REDUCTIONS, over_rows
from semihard.losses.base import EmbeddingLoss


def npairs_loss(y_true: Any, y_pred: Any, *, reduction: str | None = "mean") -> Tensor:
    """The cross entropy of each row of similarities with the row's own class, spread evenly over its samples.

    `y_pred[i, j]` is the similarity of sample i of one embedding matrix with sample j of another, say `a @ bᵀ`; sample
    i has the label `y_true[i]` in both. Values and gradients are those of `tensorflow_addons.losses.npairs_loss` 0.23.
    There, labels were cast to the dtype of the similarities, where large ones become equal; here they never are.

    Args:
        y_true: labels [batch] or [batch, 1]: integers of any width, booleans, or strings (host data on every backend,
            tensors on TensorFlow).
        y_pred: similarities [batch, batch], floating point. Half precision is computed in float32.
        reduction: "mean" for the published scalar, "none" or None for one value a row, [batch], whose mean it is.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN in a row gives NaN. Without samples the scalar is 0
        (TensorFlow Addons: NaN).

    Raises:
        ValueError: for an unknown reduction, a matrix that is not square, or different lengths.
        TypeError: for labels or similarities of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> similarities = np.array([[2.0, 0.0], [0.0, 2.0]], "float32")
        >>> print(f"{float(npairs_loss([0, 1], similarities)):.4f}")  # log(1 + exp(−2))
        0.1269

    Source:
        Sohn, "Improved Deep Metric Learning with Multi-class N-pair Loss Objective", 2016, eq. 7, without its
        regularisation.
    """
    checks.one_of("reduction", reduction, REDUCTIONS)
    similarities = _inputs.similarities_of(y_pred, y_true)
    codes, similarities = codes_of(y_true, similarities)
    precise = _inputs.precise(similarities)
    same = ops.cast(codes[:, None] == codes[None, :], precise.dtype)
    targets = same / ops.sum(same, axis=1, keepdims=True)
    return over_rows(lambda: cross_entropy(precise, targets), similarities, reduction)


@keras.saving.register_keras_serializable(package="semihard")
class NpairsLoss(EmbeddingLoss):
    """`npairs_loss` for `model.compile(loss=...)`, with the name and arguments of TensorFlow Addons.

    The model gives the matrix of similarities of a batch.

    Args:
        name, reduction, dtype: as in `keras.losses.Loss`.

    Example:
        >>> import numpy as np
        >>> print(f"{float(NpairsLoss()([0, 1], np.zeros((2, 2), 'float32'))):.4f}")
        0.6931
    """

    of_embeddings = False
    gathers = False

    def __init__(
        self,
        name: str | None = "npairs_loss",
        *,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            npairs_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
        )

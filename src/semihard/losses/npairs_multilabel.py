"""The N-pairs loss of samples with several labels, as TensorFlow Addons defined it."""

from typing import Any

import keras
from keras import ops

from semihard import _inputs
from semihard._core import checks
from semihard._inputs import match_batch, multi_hot
from semihard.backend import Tensor
from semihard.losses._cross_entropy import cross_entropy
from semihard.losses._reduce import DEGENERATE, REDUCTIONS, averaged, over_rows
from semihard.losses.base import EmbeddingLoss


def npairs_multilabel_loss(
    y_true: Any, y_pred: Any, *, degenerate: str = "finite", reduction: str | None = "mean"
) -> Tensor:
    """The cross entropy of each row of similarities with the labels that the row's sample shares with every other.

    The target of (i, j) is the number of labels that samples i and j have in common, divided by the sum of row i.
    Values and gradients are those of `tensorflow_addons.losses.npairs_multilabel_loss` 0.23.

    Args:
        y_true: [batch, classes], 1 (True) where the sample has the label, else 0: integers, booleans or floats; on
            TensorFlow a `SparseTensor` too. Lists of label names are not taken, since a rectangle of them looks the
            same.
        y_pred: similarities [batch, batch], floating point. Half precision is computed in float32.
        degenerate: what a sample without any label does. "finite": its row is left out of the mean. "addons": the value
            is NaN, as in TensorFlow Addons.
        reduction: "mean" for the published scalar, "none" or None for one value a row, [batch], whose mean it is.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN in the similarities gives NaN. Without samples, or without
        any label, the scalar is 0 (TensorFlow Addons: NaN).

    Raises:
        ValueError: for an unknown option, a matrix that is not square, or different lengths.
        TypeError: for labels or similarities of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> similarities = np.array([[2.0, 0.0], [0.0, 2.0]], "float32")
        >>> loss = npairs_multilabel_loss([[1, 1, 0], [0, 1, 1]], similarities)
        >>> print(f"{float(loss):.4f}")  # targets 2/3 and 1/3: log(1 + exp(−2)) + 2/3
        0.7936

    Source:
        Sohn, "Improved Deep Metric Learning with Multi-class N-pair Loss Objective", 2016, eq. 7; the targets for
        several labels are those of TensorFlow Addons.
    """
    checks.one_of("degenerate", degenerate, DEGENERATE)
    checks.one_of("reduction", reduction, REDUCTIONS)
    similarities = _inputs.similarities_of(y_pred, y_true)
    precise = _inputs.precise(similarities)
    labels = multi_hot(y_true, precise.dtype)
    if len(labels.shape) != 2:
        raise ValueError(
            f"Expected `y_true` to be of shape [batch, classes]. Received: shape {tuple(labels.shape)}. "
            "For one label a sample use `npairs_loss`."
        )
    labels = match_batch(labels, similarities)
    shared = labels @ ops.transpose(labels)
    total = ops.sum(shared, axis=1, keepdims=True)

    def per_row() -> Tensor:
        if degenerate == "addons":
            return cross_entropy(precise, shared / total)
        labelled = total != 0
        values = cross_entropy(precise, shared / ops.where(labelled, total, ops.ones_like(total)))
        return averaged(values, labelled)

    return over_rows(per_row, similarities, reduction, degenerate)


@keras.saving.register_keras_serializable(package="semihard")
class NpairsMultilabelLoss(EmbeddingLoss):
    """`npairs_multilabel_loss` for `model.compile(loss=...)`, with the name and arguments of TensorFlow Addons.

    The model gives the matrix of similarities of a batch.

    Args:
        degenerate: as in `npairs_multilabel_loss`.
        name, reduction, dtype: as in `keras.losses.Loss`.

    Example:
        >>> import numpy as np
        >>> labels = [[1, 0], [1, 1]]
        >>> print(f"{float(NpairsMultilabelLoss()(labels, np.zeros((2, 2), 'float32'))):.4f}")
        0.6931
    """

    of_embeddings = False
    gathers = False

    def __init__(
        self,
        name: str | None = "npairs_multilabel_loss",
        *,
        degenerate: str = "finite",
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            npairs_multilabel_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            degenerate=checks.one_of("degenerate", degenerate, DEGENERATE),
        )

"""The contrastive loss of pairs, as TensorFlow Addons defined it."""

from typing import Any

import keras
from keras import ops

from semihard import _inputs
from semihard._core import checks
from semihard._inputs import match_batch, multi_hot
from semihard.backend import Tensor
from semihard.losses.base import EmbeddingLoss
from semihard.mining.costs import hinge


def contrastive_loss(y_true: Any, y_pred: Any, margin: float = 1.0) -> Tensor:
    """d² for a pair of one class, max(0, margin − d)² for a pair of two classes.

    Values and gradients are those of `tensorflow_addons.losses.contrastive_loss` 0.23 for shapes [batch]. There, labels
    [batch, 1] against distances [batch] gave a matrix [batch, batch]; here every pair has one label and one value.

    Args:
        y_true: [batch] or [batch, 1]: 1 (True) for a pair of one class, 0 (False) for a pair of two. Integers, booleans
            or floats; a fraction weighs the two terms. These are not class labels.
        y_pred: distances [batch] or [batch, 1] between the two samples of each pair, floating point, at least 0. Half
            precision is computed in float32.
        margin: in the units of the distance.

    Returns:
        [batch] in the dtype of `y_pred`. A NaN distance gives a NaN value.

    Raises:
        ValueError: for another shape, or different lengths.
        TypeError: for a margin that is no number, or labels or distances of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> loss = contrastive_loss([1, 0, 0], np.array([0.5, 0.5, 2.0], "float32"), margin=1.5)
        >>> print(np.asarray(loss))
        [0.25 1.   0.  ]

    Source:
        Hadsell, Chopra, LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", 2006, §2.1, without its
        factor of ½.
    """
    margin = checks.finite_number("margin", margin)
    given = _inputs.floats_of(y_pred, y_true)
    distances = _inputs.precise(_inputs.one_each("y_pred", given))
    same = match_batch(_inputs.one_each("y_true", multi_hot(y_true, distances.dtype)), distances)
    values = same * ops.square(distances) + (1.0 - same) * ops.square(hinge(margin - distances))
    return ops.cast(values, given.dtype)


@keras.saving.register_keras_serializable(package="semihard")
class ContrastiveLoss(EmbeddingLoss):
    """`contrastive_loss` for `model.compile(loss=...)`, with the name and arguments of TensorFlow Addons.

    The model gives the distance of each pair, [batch] or [batch, 1].

    Args:
        margin: as in `contrastive_loss`.
        reduction, name, dtype: as in `keras.losses.Loss`.

    Example:
        >>> import numpy as np
        >>> print(float(ContrastiveLoss()([1, 0], np.array([[0.5], [0.5]], "float32"))))
        0.25
    """

    of_embeddings = False
    gathers = False

    def __init__(
        self,
        margin: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "contrastive_loss",
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            contrastive_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            margin=checks.finite_number("margin", margin),
        )

"""CosFace: cross-entropy over classes, the cosine to the own class lowered by a margin."""

from typing import Any

import keras

from semihard._core import checks
from semihard.backend import Tensor
from semihard.losses._classes import margin_cross_entropy, over_classes
from semihard.losses.base import EmbeddingLoss


def cosface_loss(
    y_true: Any, y_pred: Any, margin: float = 0.35, scale: float = 64.0, *, reduction: str | None = "mean"
) -> Tensor:
    """−log softmax(scale · c) of the own class, where c is the cosine to each class, less `margin` for the own one.

    The class vectors are weights of `semihard.layers.CosineClassifier`, which gives the cosines.

    Args:
        y_true: class numbers [batch] or [batch, 1], integers from 0. One out of range raises if it comes on the host
            (lists, NumPy arrays); in a tensor, as `fit` passes them, it makes the sample's value NaN.
        y_pred: cosines [batch, classes], from −1 to 1. Half precision is computed in float32.
        margin: in units of the cosine.
        scale: above 0; what the cosines are multiplied by.
        reduction: "mean" for the published scalar, "none" or None for one value a sample, [batch], whose mean it is.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN in a row gives NaN. Without samples the scalar is 0.

    Raises:
        ValueError: for an unknown reduction, a wrong rank, different lengths, a class that does not exist, or a scale
            that is not above 0.
        TypeError: for an option that is no number, or class numbers or cosines of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> cosines = np.array([[1.0, 0.5]], "float32")
        >>> print(f"{float(cosface_loss([0], cosines, margin=0.5, scale=10)):.4f}")  # log 2: 1 − 0.5 against 0.5
        0.6931

    Source:
        Wang et al., "CosFace: Large Margin Cosine Loss for Deep Face Recognition", 2018, §3.2, eq. 4.
    """
    margin, scale = checks.finite_number("margin", margin), checks.positive_number("scale", scale)

    def per_sample(cosines: Tensor, target: Tensor) -> Tensor:
        return margin_cross_entropy(cosines, target, lambda own: own - margin, scale)

    return over_classes(per_sample, y_true, y_pred, reduction)


@keras.saving.register_keras_serializable(package="semihard")
class CosFaceLoss(EmbeddingLoss):
    """`cosface_loss` for `model.compile(loss=...)`, behind a `semihard.layers.CosineClassifier`.

    Args:
        margin, scale: as in `cosface_loss`.
        name, reduction, dtype: as in `keras.losses.Loss`.

    Example:
        >>> import numpy as np
        >>> print(f"{float(CosFaceLoss(margin=0.5, scale=10)([0], np.array([[1.0, 0.5]], 'float32'))):.4f}")
        0.6931
    """

    of_embeddings = False
    gathers = False

    def __init__(
        self,
        margin: float = 0.35,
        scale: float = 64.0,
        name: str | None = "cosface_loss",
        *,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            cosface_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            margin=checks.finite_number("margin", margin),
            scale=checks.positive_number("scale", scale),
        )

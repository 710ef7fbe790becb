"""ArcFace: cross-entropy over classes, the angle to the own class widened by a margin."""

import math
from typing import Any

import keras
from keras import ops

from semihard._core import checks
from semihard.backend import Tensor
from semihard.losses._classes import margin_cross_entropy, over_classes
from semihard.losses.base import EmbeddingLoss


def arcface_loss(
    y_true: Any, y_pred: Any, margin: float = 0.5, scale: float = 64.0, *, reduction: str | None = "mean"
) -> Tensor:
    """−log softmax(scale · c) of the own class, where c is cos θ to each class, and cos(θ + margin) for the own one.

    Beyond θ = π − margin, where cos(θ + margin) would rise again, it goes on as cos θ − margin · sin(margin), as in the
    authors' code. The class vectors are weights of `semihard.layers.CosineClassifier`, which gives the cosines; with
    several centers a class it makes this loss the Sub-center ArcFace of Deng et al., 2020.

    Args:
        y_true: class numbers [batch] or [batch, 1], integers from 0. One out of range raises if it comes on the host
            (lists, NumPy arrays); in a tensor, as `fit` passes them, it makes the sample's value NaN.
        y_pred: cosines [batch, classes], from −1 to 1. Half precision is computed in float32, but cannot tell angles
            below 2° apart: the classifier gives float32.
        margin: in radians, from 0 to π.
        scale: above 0; what the cosines are multiplied by.
        reduction: "mean" for the published scalar, "none" or None for one value a sample, [batch], whose mean it is.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN in a row gives NaN. Without samples the scalar is 0. At
        θ = 0 and θ = π, where the slope of the angle by its cosine is infinite, that part of the gradient is left out.

    Raises:
        ValueError: for an unknown reduction, a wrong rank, different lengths, a class that does not exist, or an option
            out of its range.
        TypeError: for an option that is no number, or class numbers or cosines of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> cosines = np.array([[0.5, -0.5]], "float32")  # θ = 60° becomes 120°
        >>> print(f"{float(arcface_loss([0], cosines, margin=np.pi / 3)):.4f}")  # log 2
        0.6931

    Source:
        Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", 2019, §2.1, eq. 3.
    """
    margin, scale = _angle(margin), checks.positive_number("scale", scale)

    def per_sample(cosines: Tensor, target: Tensor) -> Tensor:
        return margin_cross_entropy(cosines, target, lambda own: _widened(own, margin), scale)

    return over_classes(per_sample, y_true, y_pred, reduction)


def _widened(cosines: Tensor, margin: float) -> Tensor:
    """cos(θ + margin), or its continuation, without θ: the arc cosine loses half of its digits near 0 and π."""
    # Where rounding has taken a cosine to ±1 or beyond, the sine is 0, and the inner `where` keeps its infinite slope
    # out of the gradient.
    squared = (1.0 - cosines) * (1.0 + cosines)
    inside = squared > 0
    sines = ops.where(inside, ops.sqrt(ops.where(inside, squared, ops.ones_like(squared))), ops.zeros_like(squared))
    widened = cosines * math.cos(margin) - sines * math.sin(margin)
    return ops.where(cosines >= -math.cos(margin), widened, cosines - margin * math.sin(margin))


def _angle(margin: Any) -> float:
    angle = checks.finite_number("margin", margin)
    if not 0.0 <= angle <= math.pi:
        raise ValueError(f"Expected `margin` in radians, from 0 to π. Received: margin={margin}. 28.6° are 0.5.")
    return angle


@keras.saving.register_keras_serializable(package="semihard")
class ArcFaceLoss(EmbeddingLoss):
    """`arcface_loss` for `model.compile(loss=...)`, behind a `semihard.layers.CosineClassifier`.

    Args:
        margin, scale: as in `arcface_loss`.
        name, reduction, dtype: as in `keras.losses.Loss`.

    Example:
        >>> import numpy as np
        >>> print(f"{float(ArcFaceLoss(margin=np.pi / 3)([0], np.array([[0.5, -0.5]], 'float32'))):.4f}")
        0.6931
    """

    of_embeddings = False
    gathers = False

    def __init__(
        self,
        margin: float = 0.5,
        scale: float = 64.0,
        name: str | None = "arcface_loss",
        *,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            arcface_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            margin=_angle(margin),
            scale=checks.positive_number("scale", scale),
        )

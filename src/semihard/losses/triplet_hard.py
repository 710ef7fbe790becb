"""The triplet loss with the hardest positive and the hardest negative, as TensorFlow Addons defined it."""

from collections.abc import Callable
from typing import Any

import keras

from semihard import _inputs, distances
from semihard._core import checks
from semihard._inputs import Shared
from semihard.backend import Tensor, ops
from semihard.losses._reduce import DEGENERATE, REDUCTIONS, reduced
from semihard.losses.base import EmbeddingLoss
from semihard.mining import engine

HARD = engine.Choices("hardest", "hardest", average=None, alone=True)
SOFT = HARD._replace(cost="softplus")


def triplet_hard_loss(
    y_true: Any,
    y_pred: Any,
    margin: float = 1.0,
    soft: bool = False,
    distance_metric: str | Callable[[Tensor], Tensor] = "L2",
    *,
    degenerate: str = "finite",
    reduction: str | None = "mean",
    block_size: int | None = None,
    shared: Shared | None = None,
) -> Tensor:
    """The mean over anchors of max(0, margin + d(anchor, farthest positive) − d(anchor, nearest negative)).

    An anchor without a positive is its own, at the smallest distance of its row: the loss pushes its nearest negative
    away. Values and gradients are those of `tensorflow_addons.losses.triplet_hard_loss` 0.23. Positives, or negatives,
    at exactly the same distance share the gradient equally.

    Args:
        y_true: labels [batch] or [batch, 1]: integers of any width, booleans, or strings (host data on every backend,
            tensors on TensorFlow). They are compared as they are, never as floats.
        y_pred: embeddings [batch, dim], floating point; usually of unit length. Half precision is computed in float32.
        margin: in the units of the distance.
        soft: pay log(1 + exp(d(anchor, positive) − d(anchor, negative))) instead; `margin` then plays no part. It does
            not overflow, as that of TensorFlow Addons does for differences above 88.
        distance_metric: "L2" (Euclidean), "squared-L2", "angular" (1 − cosine), or a callable that maps embeddings
            [batch, dim] to distances [batch, batch] with anchors as rows.
        degenerate: what a batch without positive pairs, or of one class only, gives. "finite": 0 with gradient 0.
            "addons": the values of TensorFlow Addons, which push all samples apart without positives, are the margin
            (or log 2) without negatives, and NaN without samples.
        reduction: "mean" for the published scalar, "none" or None for one value an anchor, [batch], whose mean it is.
        block_size: how many anchors to compare with the batch at a time: less needs less memory, and gives the same
            value. By default as many as the machine works well with, at most 256 MiB of distances. A callable
            `distance_metric` makes all distances at once.
        shared: given by `EmbeddingLoss` where rows of the batch belong to other replicas, and are no anchors here.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN or infinity in the embeddings gives NaN.

    Raises:
        ValueError: for an unknown option, a wrong rank, or different lengths.
        TypeError: for a margin that is no number, a `soft` that is no bool, or labels or embeddings of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> embeddings = np.array([[0.0], [1.0], [3.0]], "float32")
        >>> print(np.asarray(triplet_hard_loss([0, 0, 1], embeddings, margin=2.5, reduction=None)))
        [0.5 1.5 0.5]

    Source:
        Hermans, Beyer, Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017, §2 (batch hard).
    """
    margin = checks.finite_number("margin", margin)
    checks.one_of("soft", soft, (False, True))
    distances.get(distance_metric)
    checks.one_of("degenerate", degenerate, DEGENERATE)
    checks.one_of("reduction", reduction, REDUCTIONS)
    block_size = None if block_size is None else checks.whole_number("block_size", block_size, 1)
    embeddings = _inputs.embeddings_of(y_pred, y_true)
    codes, precise = _inputs.codes_of(y_true, _inputs.precise(embeddings))
    choices = (SOFT if soft else HARD)._replace(finite=degenerate == "finite", block_size=block_size)
    values = engine.values_by_label(codes, precise, 0.0 if soft else margin, distance_metric, choices, shared)
    return ops.cast(reduced(values, reduction, degenerate), embeddings.dtype)


@keras.saving.register_keras_serializable(package="semihard")
class TripletHardLoss(EmbeddingLoss):
    """`triplet_hard_loss` for `model.compile(loss=...)`, with the name and arguments of TensorFlow Addons.

    Args:
        margin, soft, distance_metric, degenerate, block_size: as in `triplet_hard_loss`.
        name, reduction, dtype: as in `keras.losses.Loss`.
        cross_replica: whether samples are compared with those of all replicas, as in `EmbeddingLoss`.

    A callable `distance_metric` must be registered with `keras.saving.register_keras_serializable` to be saved.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.UnitNormalization()])
        >>> model.compile("adam", loss=TripletHardLoss(soft=True))
    """

    def __init__(
        self,
        margin: float = 1.0,
        soft: bool = False,
        distance_metric: str | Callable[[Tensor], Tensor] = "L2",
        name: str | None = "triplet_hard_loss",
        *,
        degenerate: str = "finite",
        block_size: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        distances.get(distance_metric)
        super().__init__(
            triplet_hard_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            cross_replica=cross_replica,
            margin=checks.finite_number("margin", margin),
            soft=checks.one_of("soft", soft, (False, True)),
            distance_metric=distance_metric,
            degenerate=checks.one_of("degenerate", degenerate, DEGENERATE),
            block_size=None if block_size is None else checks.whole_number("block_size", block_size, 1),
        )

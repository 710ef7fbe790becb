"""The circle loss: the farther a pair is from where it should be, the more it weighs."""

from typing import Any

import keras
from keras import ops

from semihard import distances
from semihard._core import checks
from semihard._inputs import Shared
from semihard.backend import Tensor
from semihard.losses._all_pairs import over_pairs
from semihard.losses._log_sum_exp import log_sum_exp
from semihard.losses._reduce import averaged
from semihard.losses.base import EmbeddingLoss
from semihard.losses.memory import Memory
from semihard.relations import Masks, Relation


def circle_loss(
    y_true: Any,
    y_pred: Any,
    margin: float = 0.4,
    scale: float = 80.0,
    *,
    relation: Relation | None = None,
    reduction: str | None = "mean",
    memory: Memory | None = None,
    shared: Shared | None = None,
) -> Tensor:
    """The mean over anchors i of log(1 + Σ exp(γ a(n) (s(i, n) − m)) · Σ exp(−γ a(p) (s(i, p) − 1 + m))), over the
    negatives n and the positives p of i.

    s is the cosine, m the margin, γ the scale. The weights a(p) = max(0, 1 + m − s(i, p)) and
    a(n) = max(0, s(i, n) + m) have no gradient, as in the paper, whose slope by s(i, n) has the factor γ (s(i, n) + m).
    It holds a few matrices of [batch, batch]. Anchors without a positive or without a negative are left out of the
    mean; pytorch-metric-learning also leaves out anchors whose loss is too small for its floats.

    Args:
        y_true: labels [batch] or [batch, 1], or what the relation takes; compared as they are, never as floats.
        y_pred: embeddings [batch, dim], floating point, of any length. Half precision is computed in float32.
        margin: a difference of cosines. The default is the paper's for retrieval with labels of pairs; for faces it is
            0.25 there.
        scale: above 0. The paper's for retrieval; for faces it is 256 there.
        relation: which pairs are positive and which negative: one of `semihard.relations`, None for `SameLabel()`.
        reduction: "mean" for the published scalar, "none" or None for one value an anchor, [batch], whose mean it is.
        memory: references beyond the batch, which are no anchors and get no gradient.
        shared: given by `EmbeddingLoss` where rows of the batch belong to other replicas, and are no anchors here.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN or infinity in the embeddings gives NaN.

    Raises:
        ValueError: for an unknown reduction, a scale that is not above 0, a wrong rank, or different lengths.
        TypeError: for an option that is no number, another relation, or labels or embeddings of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> embeddings = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], "float32")
        >>> loss = circle_loss([0, 0, 1], embeddings, margin=0.5, scale=1.0, reduction=None)
        >>> print([f"{value:.4f}" for value in loss * 2 / 3])  # the first: log(1 + exp(0.5 · −0.5 + 1.5 · 0.5))
        ['0.9741', '1.1369', '0.0000']

    Source:
        Sun et al., "Circle Loss: A Unified Perspective of Pair Similarity Optimization", 2020, eq. 6 and 8, §4.1.
    """
    margin = checks.finite_number("margin", margin)
    scale = checks.positive_number("scale", scale)

    def per_anchor(similarities: Tensor, masks: Masks) -> Tensor:
        fixed = ops.stop_gradient(similarities)
        pull = -scale * ops.relu(1.0 + margin - fixed) * (similarities - (1.0 - margin))
        push = scale * ops.relu(fixed + margin) * (similarities - margin)
        total = log_sum_exp(pull, masks.positive) + log_sum_exp(push, masks.negative)
        counted = ops.logical_and(ops.any(masks.positive, axis=1), ops.any(masks.negative, axis=1))
        # Not `ops.softplus`, which on PyTorch is only good to 2e-9 in float64.
        return averaged(ops.where(counted, -ops.log_sigmoid(-total), ops.zeros_like(total)), counted, shared)

    return over_pairs(
        distances.cosine_similarity, per_anchor, y_true, y_pred, relation, reduction, memory, shared=shared
    )


@keras.saving.register_keras_serializable(package="semihard")
class CircleLoss(EmbeddingLoss):
    """`circle_loss` for `model.compile(loss=...)`.

    Args:
        margin, scale, relation: as in `circle_loss`.
        reduction, name, dtype: as in `keras.losses.Loss`.
        cross_replica: whether samples are compared with those of all replicas, as in `EmbeddingLoss`.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> model.compile("adam", loss=CircleLoss(margin=0.25, scale=256))
    """

    def __init__(
        self,
        margin: float = 0.4,
        scale: float = 80.0,
        *,
        relation: Relation | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle_loss",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(
            circle_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            cross_replica=cross_replica,
            margin=checks.finite_number("margin", margin),
            scale=checks.positive_number("scale", scale),
            relation=relation,
        )

"""The loss of SimCLR, for labels: every positive against the negatives of its anchor, by cross entropy."""

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


def nt_xent_loss(
    y_true: Any,
    y_pred: Any,
    temperature: float = 0.1,
    *,
    relation: Relation | None = None,
    reduction: str | None = "mean",
    memory: Memory | None = None,
    shared: Shared | None = None,
) -> Tensor:
    """The mean over positive pairs (i, p) of −log(exp(s(i, p) / τ) / (exp(s(i, p) / τ) + Σ exp(s(i, n) / τ))), the sum
    over the negatives n of i.

    s is the cosine and τ the temperature. With two samples a label, the two views of an image, it is the loss of
    SimCLR. With more, an anchor's other positives are left out of the sum, as in pytorch-metric-learning, whose
    default temperature is 0.07. It holds a few matrices of [batch, batch]. A batch without positives, or without
    negatives, gives 0 with gradient 0.

    Args:
        y_true: labels [batch] or [batch, 1], or what the relation takes; compared as they are, never as floats.
        y_pred: embeddings [batch, dim], floating point, of any length. Half precision is computed in float32.
        temperature: above 0. The lower, the more the nearest negatives count.
        relation: which pairs are positive and which negative: one of `semihard.relations`, None for `SameLabel()`.
        reduction: "mean" for the published scalar, "none" or None for one value an anchor, [batch], whose mean it is.
        memory: references beyond the batch, which are no anchors and get no gradient.
        shared: given by `EmbeddingLoss` where rows of the batch belong to other replicas, and are no anchors here.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN or infinity in the embeddings gives NaN.

    Raises:
        ValueError: for an unknown reduction, a temperature that is not above 0, a wrong rank, or different lengths.
        TypeError: for a temperature that is no number, another relation, or labels or embeddings of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> embeddings = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], "float32")
        >>> loss = nt_xent_loss([0, 0, 1], embeddings, temperature=0.5)
        >>> print(f"{float(loss):.4f}")  # log(1 + exp(0 − 1 / 0.5)) for both pairs
        0.1269

    Source:
        Chen, Kornblith, Norouzi, Hinton, "A Simple Framework for Contrastive Learning of Visual Representations", 2020,
        eq. 1.
    """
    temperature = checks.positive_number("temperature", temperature)

    def per_anchor(similarities: Tensor, masks: Masks) -> Tensor:
        logits = similarities / temperature
        has_negative = ops.any(masks.negative, axis=1, keepdims=True)
        push = log_sum_exp(logits, masks.negative)[:, None]
        cost = -ops.log_sigmoid(logits - push)
        paid = ops.logical_and(masks.positive, has_negative)
        values = ops.sum(ops.where(paid, cost, ops.zeros_like(cost)), axis=1)
        return averaged(values, masks.positive, shared)

    return over_pairs(
        distances.cosine_similarity, per_anchor, y_true, y_pred, relation, reduction, memory, shared=shared
    )


@keras.saving.register_keras_serializable(package="semihard")
class NTXentLoss(EmbeddingLoss):
    """`nt_xent_loss` for `model.compile(loss=...)`.

    Args:
        temperature, relation: as in `nt_xent_loss`.
        reduction, name, dtype: as in `keras.losses.Loss`.
        cross_replica: whether samples are compared with those of all replicas, as in `EmbeddingLoss`.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> model.compile("adam", loss=NTXentLoss(temperature=0.5))
    """

    def __init__(
        self,
        temperature: float = 0.1,
        *,
        relation: Relation | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "nt_xent_loss",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(
            nt_xent_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            cross_replica=cross_replica,
            temperature=checks.positive_number("temperature", temperature),
            relation=relation,
        )

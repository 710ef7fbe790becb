"""The supervised contrastive loss: every positive against all others, by cross entropy."""

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


def supervised_contrastive_loss(
    y_true: Any,
    y_pred: Any,
    temperature: float = 0.1,
    *,
    relation: Relation | None = None,
    reduction: str | None = "mean",
    memory: Memory | None = None,
    shared: Shared | None = None,
) -> Tensor:
    """The mean over anchors i of −1/|P(i)| Σ log(exp(s(i, p) / τ) / Σ exp(s(i, a) / τ)), the first sum over the
    positives p of i, the second over its positives and negatives a.

    s is the cosine and τ the temperature. It holds a few matrices of [batch, batch]. Anchors without a positive are
    left out of the mean. A batch without positives, or without negatives, gives 0 with gradient 0, as in
    pytorch-metric-learning; the paper has no such batch.

    Args:
        y_true: labels [batch] or [batch, 1], or what the relation takes; compared as they are, never as floats.
        y_pred: embeddings [batch, dim], floating point, of any length. Half precision is computed in float32.
        temperature: above 0. The lower, the more the nearest pairs count.
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
        >>> loss = supervised_contrastive_loss([0, 0, 1], embeddings, temperature=1.0)
        >>> print(f"{float(loss):.4f}")  # log(1 + exp(0 − 1)) for the first two
        0.3133

    Source:
        Khosla et al., "Supervised Contrastive Learning", 2020, eq. 2 (L_out).
    """
    temperature = checks.positive_number("temperature", temperature)

    def per_anchor(similarities: Tensor, masks: Masks) -> Tensor:
        logits = similarities / temperature
        others = ops.logical_or(masks.positive, masks.negative)
        positives = ops.sum(ops.cast(masks.positive, logits.dtype), axis=1)
        sums = ops.sum(ops.where(masks.positive, logits, ops.zeros_like(logits)), axis=1)
        mean = sums / ops.where(positives == 0, ops.ones_like(positives), positives)
        counted = ops.logical_and(positives > 0, ops.any(masks.negative))
        values = ops.where(counted, log_sum_exp(logits, others) - mean, ops.zeros_like(mean))
        return averaged(values, counted, shared)

    return over_pairs(
        distances.cosine_similarity, per_anchor, y_true, y_pred, relation, reduction, memory, shared=shared
    )


@keras.saving.register_keras_serializable(package="semihard")
class SupervisedContrastiveLoss(EmbeddingLoss):
    """`supervised_contrastive_loss` for `model.compile(loss=...)`.

    Args:
        temperature, relation: as in `supervised_contrastive_loss`.
        reduction, name, dtype: as in `keras.losses.Loss`.
        cross_replica: whether samples are compared with those of all replicas, as in `EmbeddingLoss`.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> model.compile("adam", loss=SupervisedContrastiveLoss(temperature=0.2))
    """

    def __init__(
        self,
        temperature: float = 0.1,
        *,
        relation: Relation | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "supervised_contrastive_loss",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(
            supervised_contrastive_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            cross_replica=cross_replica,
            temperature=checks.positive_number("temperature", temperature),
            relation=relation,
        )

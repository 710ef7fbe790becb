"""The multi-similarity loss, with the pairs it mines."""

from typing import Any

import keras
from keras import ops

from semihard import distances
from semihard._core import checks
from semihard._inputs import Shared
from semihard.backend import Tensor
from semihard.losses._all_pairs import over_pairs
from semihard.losses._log_sum_exp import log_sum_exp
from semihard.losses.base import EmbeddingLoss
from semihard.losses.memory import Memory
from semihard.relations import Masks, Relation


def multi_similarity_loss(
    y_true: Any,
    y_pred: Any,
    alpha: float = 2.0,
    beta: float = 50.0,
    base: float = 0.5,
    epsilon: float | None = 0.1,
    *,
    relation: Relation | None = None,
    reduction: str | None = "mean",
    memory: Memory | None = None,
    shared: Shared | None = None,
) -> Tensor:
    """The mean over anchors i of log(1 + Σ exp(−α (s(i, p) − λ))) / α + log(1 + Σ exp(β (s(i, n) − λ))) / β, over the
    mined positives p and negatives n of i.

    s is the cosine and λ is `base`. Mined are the negatives with s(i, n) > min s(i, p) − ε, and the positives with
    s(i, p) < max s(i, n) + ε; the choice has no gradient. An anchor without positives, or without negatives, then pays
    nothing, and counts in the mean. It holds a few matrices of [batch, batch]. Value and gradient are those of
    pytorch-metric-learning's `MultiSimilarityLoss` with `MultiSimilarityMiner(epsilon)`, or without a miner.

    Args:
        y_true: labels [batch] or [batch, 1], or what the relation takes; compared as they are, never as floats.
        y_pred: embeddings [batch, dim], floating point, of any length. Half precision is computed in float32.
        alpha: how steeply positives pay, above 0.
        beta: how steeply negatives pay, above 0.
        base: the cosine λ that positives should exceed and negatives not.
        epsilon: the slack of the mining, a difference of cosines; None pays all pairs, those of anchors without
            positives too.
        relation: which pairs are positive and which negative: one of `semihard.relations`, None for `SameLabel()`.
        reduction: "mean" for the published scalar, "none" or None for one value an anchor, [batch], whose mean it is.
        memory: references beyond the batch, which are no anchors and get no gradient.
        shared: given by `EmbeddingLoss` where rows of the batch belong to other replicas, and are no anchors here.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN or infinity in the embeddings gives NaN.

    Raises:
        ValueError: for an unknown reduction, an `alpha` or `beta` not above 0, a wrong rank, or different lengths.
        TypeError: for an option that is no number, another relation, or labels or embeddings of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> embeddings = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], "float32")
        >>> loss = multi_similarity_loss([0, 0, 1], embeddings, alpha=1.0, beta=1.0, base=0.0, reduction=None)
        >>> print([f"{value:.4f}" for value in loss])  # log(1 + exp(−0)) + log(1 + exp(0.6)), and + log(1 + exp(0.8))
        ['1.7306', '1.8642', '0.0000']

    Source:
        Wang, Han, Huang, Dong, Scott, "Multi-Similarity Loss with General Pair Weighting for Deep Metric Learning",
        2019, §3.3.
    """
    alpha, beta = checks.positive_number("alpha", alpha), checks.positive_number("beta", beta)
    base = checks.finite_number("base", base)
    slack = None if epsilon is None else checks.finite_number("epsilon", epsilon)

    def per_anchor(similarities: Tensor, masks: Masks) -> Tensor:
        positive, negative = masks if slack is None else _mined(ops.stop_gradient(similarities), masks, slack)
        pull = log_sum_exp(-alpha * (similarities - base), positive, plus_one=True) / alpha
        push = log_sum_exp(beta * (similarities - base), negative, plus_one=True) / beta
        return pull + push

    return over_pairs(
        distances.cosine_similarity, per_anchor, y_true, y_pred, relation, reduction, memory, shared=shared
    )


def _mined(similarities: Tensor, masks: Masks, epsilon: float) -> Masks:
    most, least = float("inf"), -float("inf")
    farthest = ops.amin(ops.where(masks.positive, similarities, most), axis=1, keepdims=True)
    nearest = ops.amax(ops.where(masks.negative, similarities, least), axis=1, keepdims=True)
    return Masks(
        ops.logical_and(masks.positive, similarities - epsilon < nearest),
        ops.logical_and(masks.negative, similarities + epsilon > farthest),
    )


@keras.saving.register_keras_serializable(package="semihard")
class MultiSimilarityLoss(EmbeddingLoss):
    """`multi_similarity_loss` for `model.compile(loss=...)`.

    Args:
        alpha, beta, base, epsilon, relation: as in `multi_similarity_loss`.
        reduction, name, dtype: as in `keras.losses.Loss`.
        cross_replica: whether samples are compared with those of all replicas, as in `EmbeddingLoss`.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> model.compile("adam", loss=MultiSimilarityLoss(epsilon=None))
    """

    def __init__(
        self,
        alpha: float = 2.0,
        beta: float = 50.0,
        base: float = 0.5,
        epsilon: float | None = 0.1,
        *,
        relation: Relation | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "multi_similarity_loss",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(
            multi_similarity_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            cross_replica=cross_replica,
            alpha=checks.positive_number("alpha", alpha),
            beta=checks.positive_number("beta", beta),
            base=checks.finite_number("base", base),
            epsilon=None if epsilon is None else checks.finite_number("epsilon", epsilon),
            relation=relation,
        )

"""The contrastive loss over all pairs of a batch."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from semihard import distances
from semihard._core import checks
from semihard._inputs import Shared
from semihard.backend import Tensor
from semihard.losses._all_pairs import over_pairs
from semihard.losses._reduce import AVERAGES, averaged
from semihard.losses.base import EmbeddingLoss
from semihard.losses.memory import Memory
from semihard.relations import Masks, Relation


def pair_contrastive_loss(
    y_true: Any,
    y_pred: Any,
    positive_margin: float = 0.0,
    negative_margin: float = 1.0,
    distance_metric: str | Callable[[Tensor], Tensor] = "L2",
    *,
    squared: bool = True,
    average: str = "all",
    relation: Relation | None = None,
    reduction: str | None = "mean",
    memory: Memory | None = None,
    shared: Shared | None = None,
) -> Tensor:
    """The mean over all pairs of max(0, d − positive_margin)² for a positive pair, max(0, negative_margin − d)² for a
    negative one.

    `contrastive_loss` takes the pairs from the user; here they are all pairs of the batch. It holds a few matrices of
    [batch, batch]. A batch without pairs gives 0 with gradient 0.

    With `squared=False, average="active"` and embeddings of unit length, value and gradient are those of
    pytorch-metric-learning's `ContrastiveLoss`.

    Args:
        y_true: labels [batch] or [batch, 1], or what the relation takes; compared as they are, never as floats.
        y_pred: embeddings [batch, dim], floating point; usually of unit length. Half precision is computed in float32.
        positive_margin: the distance from which on positive pairs pay.
        negative_margin: the distance up to which negative pairs pay.
        distance_metric: "L2" (Euclidean), "squared-L2", "angular" (1 − cosine), or a callable that maps embeddings
            [batch, dim] to distances [batch, batch] with anchors as rows.
        squared: whether the excess is squared, as in the paper. There a pair pays half of it.
        average: "all": the mean over all pairs, of which negatives are most, as a rule. "active": the mean over the
            positive pairs that pay plus the mean over the negative pairs that pay.
        relation: which pairs are positive and which negative: one of `semihard.relations`, None for `SameLabel()`.
        reduction: "mean" for the published scalar, "none" or None for one value an anchor, [batch], whose mean it is.
        memory: references beyond the batch, which are no anchors and get no gradient.
        shared: given by `EmbeddingLoss` where rows of the batch belong to other replicas, and are no anchors here.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN or infinity in the embeddings gives NaN.

    Raises:
        ValueError: for an unknown option, a wrong rank, or different lengths.
        TypeError: for a margin that is no number, another relation, or labels or embeddings of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> embeddings = np.array([[0.0], [0.5], [0.75]], "float32")
        >>> print(float(pair_contrastive_loss([0, 0, 1], embeddings)))  # (0.5² + 0.25² + 0.75²) / 3, pairs twice each
        0.2916666567325592

    Source:
        Hadsell, Chopra, LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", 2006, §2.1, without its
        factor of ½. Its positives have no margin.
    """
    near = checks.finite_number("positive_margin", positive_margin)
    far = checks.finite_number("negative_margin", negative_margin)
    distance = distances.function(distance_metric)
    checks.one_of("squared", squared, (True, False))
    checks.one_of("average", average, AVERAGES)

    def per_anchor(matrix: Tensor, masks: Masks) -> Tensor:
        pulled, pull = _cost(matrix - near, masks.positive, squared)
        pushed, push = _cost(far - matrix, masks.negative, squared)
        if average == "active":
            return averaged(pull, pulled, shared) + averaged(push, pushed, shared)
        return averaged(pull + push, ops.logical_or(masks.positive, masks.negative), shared)

    return over_pairs(distance, per_anchor, y_true, y_pred, relation, reduction, memory, shared)


def _cost(excess: Tensor, chosen: Tensor, squared: bool) -> tuple[Tensor, Tensor]:
    """Which of the chosen pairs pay, [batch, batch], and what each anchor pays, [batch]."""
    paying = ops.logical_and(chosen, excess > 0)
    cost = ops.where(paying, excess, ops.zeros_like(excess))
    return paying, ops.sum(ops.square(cost) if squared else cost, axis=1)


@keras.saving.register_keras_serializable(package="semihard")
class PairContrastiveLoss(EmbeddingLoss):
    """`pair_contrastive_loss` for `model.compile(loss=...)`.

    Args:
        positive_margin, negative_margin, distance_metric, squared, average, relation: as in `pair_contrastive_loss`.
        reduction, name, dtype: as in `keras.losses.Loss`.
        cross_replica: whether samples are compared with those of all replicas, as in `EmbeddingLoss`.

    A callable `distance_metric` must be registered with `keras.saving.register_keras_serializable` to be saved.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.UnitNormalization()])
        >>> model.compile("adam", loss=PairContrastiveLoss(negative_margin=0.5))
    """

    def __init__(
        self,
        positive_margin: float = 0.0,
        negative_margin: float = 1.0,
        distance_metric: str | Callable[[Tensor], Tensor] = "L2",
        *,
        squared: bool = True,
        average: str = "all",
        relation: Relation | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "pair_contrastive_loss",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        distances.get(distance_metric)
        super().__init__(
            pair_contrastive_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            cross_replica=cross_replica,
            positive_margin=checks.finite_number("positive_margin", positive_margin),
            negative_margin=checks.finite_number("negative_margin", negative_margin),
            distance_metric=distance_metric,
            squared=checks.one_of("squared", squared, (True, False)),
            average=checks.one_of("average", average, AVERAGES),
            relation=relation,
        )

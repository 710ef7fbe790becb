"""The triplet loss, with mining as arguments."""

from collections.abc import Callable
from typing import Any

import keras

from semihard import _inputs
from semihard._core import checks
from semihard._inputs import Shared
from semihard.backend import Tensor, ops
from semihard.losses._reduce import REDUCTIONS, reduced
from semihard.losses._triplets import Negatives, TripletOptions, values_of
from semihard.losses.base import EmbeddingLoss
from semihard.losses.memory import Memory
from semihard.relations import Relation


def triplet_loss(
    y_true: Any,
    y_pred: Any,
    margin: float | str = 1.0,
    distance_metric: str | Callable[[Tensor], Tensor] = "L2",
    *,
    positives: str = "all",
    negatives: str | Negatives = "semi_hard",
    fallback: str = "farthest",
    average: str = "all",
    reduction: str | None = "mean",
    relation: Relation | None = None,
    memory: Memory | None = None,
    block_size: int | None = None,
    shared: Shared | None = None,
) -> Tensor:
    """The mean over the chosen triplets of max(0, margin + d(anchor, positive) − d(anchor, negative)).

    Every sample is an anchor. `positives` chooses its positives, `negatives` the negatives of each of these, and every
    positive with every one of its negatives is a triplet. An anchor without a positive or without a negative has none.

    What other libraries call it; all with unit embeddings and "L2", unless they were told otherwise:

    | library | there | here, besides `margin` |
    |---|---|---|
    | TensorFlow Addons | `TripletSemiHardLoss()` | the defaults |
    | TensorFlow Addons | `TripletHardLoss()` (*) | `positives="hardest", negatives="hardest"` |
    | TensorFlow Addons | `TripletHardLoss(soft=True)` (*) | the same, `margin="soft"` |
    | pytorch-metric-learning | `TripletMarginLoss()` | `negatives="all", average="active"` |
    | … | `TripletMarginMiner(type_of_triplets="semihard")` | `negatives="all_semi_hard", average="active"` |
    | … | `TripletMarginMiner(type_of_triplets="hard")` | `negatives="all_hard", average="active"` |
    | … | `BatchHardMiner()` | `positives="hardest", negatives="hardest", average="active"` |
    | … | `BatchEasyHardMiner()` | `positives="easiest", fallback="none", average="active"` |
    | … | `BatchEasyHardMiner("hard", "semihard")` | `positives="hardest", fallback="none", average="active"` |
    | … | `BatchEasyHardMiner("all", "hard")` | `negatives="hardest", average="active"` |
    | … | `reducer=MeanReducer()` with any of these | `average="all"` |
    | … | `smooth_loss=True, margin=0` with any of these | `margin="soft"` |

    (*) Where every class has two samples or more: there, a sample alone is its own positive. pytorch-metric-learning's
    miners have a margin of their own, which must be that of the loss. Of tied references it takes one. Hermans et al.
    define the rows of all and of hardest as "batch all" (over all, and over the "non-zero") and "batch hard".

    Args:
        y_true: labels [batch] or [batch, 1]: integers of any width, booleans, or strings (host data on every backend,
            tensors on TensorFlow). They are compared as they are, never as floats. Else what `relation` takes.
        y_pred: embeddings [batch, dim], floating point; usually of unit length. Half precision is computed in float32.
        margin: in the units of the distance. "soft": pay log(1 + exp(d(anchor, positive) − d(anchor, negative)))
            instead, which asks for no margin.
        distance_metric: "L2" (Euclidean), "squared-L2", "angular" (1 − cosine), or a callable that maps embeddings
            [batch, dim] to distances [batch, batch] with anchors as rows.
        positives: "all", or one an anchor: the "hardest" (farthest) or the "easiest" (nearest).
        negatives: for each positive, one: "semi_hard", the nearest that is farther (strictly) than the positive, or
            "hardest", the nearest. Or many: "all", "all_semi_hard", those farther than the positive by less than the
            margin, or "all_hard", those not farther than the positive. Or a callable, `negatives(distances, positive,
            negative)`, which gets the distances and two boolean masks, each [anchors, references], and returns a
            boolean mask of the same shape: those of the `negative` ones that every positive of the anchor is to meet.
            No gradient passes through it.
        fallback: what a positive without a semi-hard negative meets: "farthest", the anchor's farthest negative, or
            "none", so that it is left out.
        average: over "all" chosen triplets, or the "active" ones only, those with a cost above 0. A hinge at exactly 0
            has a slope of 1 in the mean over all, as in TensorFlow Addons; it is not active, and then has none.
        reduction: "mean" for the published scalar, "none" or None for one value an anchor, [batch], whose mean it is.
        relation: which pairs are positive and which negative, of `semihard.relations`. None: those of one label, and
            those of two.
        memory: references beyond the batch, which are no anchors and get no gradient.

        block_size: how many anchors to compare with the batch at a time: less needs less memory, and gives the same
            value. By default as many as the machine works well with, at most 256 MiB of distances. A relation other
            than `SameLabel()`, a memory and a callable make all distances at once.

    References at exactly the distance of one that is to be chosen share its gradient equally. All positives against all
    negatives cost a sort of each row, not a cube; with `margin="soft"` they cost a pass over the batch for each of an
    anchor's positives.
        shared: given by `EmbeddingLoss` where rows of the batch belong to other replicas, and are no anchors here.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN or infinity in the embeddings gives NaN. A batch without
        triplets gives 0 with gradient 0.

    Raises:
        ValueError: for an unknown option, options that contradict each other, a wrong rank, or different lengths.
        TypeError: for labels or embeddings of a wrong dtype, a margin or relation that is none, or a callable that
            returns anything but a boolean mask [batch, batch].

    Example:
        >>> import numpy as np
        >>> embeddings = np.array([[0.0], [1.0], [3.0]], "float32")
        >>> print(np.asarray(triplet_loss([0, 0, 1], embeddings, margin=2.5, negatives="all")))
        1.0
        >>> def within_three(distances, positive, negative):
        ...     return distances < 3.0
        >>> print(np.asarray(triplet_loss([0, 0, 1], embeddings, margin=2.5, negatives=within_three)))
        1.5

    Source:
        Schroff, Kalenichenko, Philbin, "FaceNet", 2015, §3 (semi-hard). Hermans, Beyer, Leibe, "In Defense of the
        Triplet Loss for Person Re-Identification", 2017, §2 (batch all, batch hard, soft margin, mean of the non-zero).
        Xuan, Stylianou, Pless, "Improved Embeddings with Easy Positive Triplet Mining", 2020, §3 (easiest positive).
    """
    options = TripletOptions.checked(
        margin, distance_metric, positives, negatives, fallback, average, relation, block_size
    )
    checks.one_of("reduction", reduction, REDUCTIONS)
    embeddings = _inputs.embeddings_of(y_pred, y_true)
    values = values_of(y_true, _inputs.precise(embeddings), options, memory, shared)
    return ops.cast(reduced(values, reduction), embeddings.dtype)


@keras.saving.register_keras_serializable(package="semihard")
class TripletLoss(EmbeddingLoss):
    """`triplet_loss` for `model.compile(loss=...)`.

    Args:
        margin, distance_metric, positives, negatives, fallback, average, relation, block_size: as in `triplet_loss`.
        name, reduction, dtype: as in `keras.losses.Loss`.
        cross_replica: whether samples are compared with those of all replicas, as in `EmbeddingLoss`.

    A callable `distance_metric` or `negatives` must be registered with `keras.saving.register_keras_serializable` to be
    saved.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.UnitNormalization()])
        >>> model.compile("adam", loss=TripletLoss(margin=0.2, negatives="all", average="active"))
    """

    def __init__(
        self,
        margin: float | str = 1.0,
        distance_metric: str | Callable[[Tensor], Tensor] = "L2",
        name: str | None = "triplet_loss",
        *,
        positives: str = "all",
        negatives: str | Negatives = "semi_hard",
        fallback: str = "farthest",
        average: str = "all",
        relation: Relation | None = None,
        block_size: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        options = TripletOptions.checked(
            margin, distance_metric, positives, negatives, fallback, average, relation, block_size
        )
        super().__init__(
            triplet_loss,
            name=name,
            reduction=reduction,
            dtype=dtype,
            cross_replica=cross_replica,
            **options._asdict(),
        )

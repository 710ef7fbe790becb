"""The triplet loss with semi-hard negatives, as TensorFlow Addons defined it."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from semihard import _backend, _checks, distances
from semihard.losses import _inputs
from semihard.losses.base import EmbeddingLoss
from semihard.mining.semi_hard import pay_semi_hard
from semihard.pairs import Classes, Pairs, classes_of

Tensor = Any
DEGENERATE = ("finite", "addons")
REDUCTIONS = ("mean", "none", None)


@dataclasses.dataclass(frozen=True)
class Hinge:
    """max(0, margin + gap), with slope 1 at exactly 0, as TensorFlow's `maximum` has it."""

    margin: float

    def __call__(self, gap: Tensor) -> tuple[Tensor, Tensor]:
        cost = gap + self.margin
        active = cost >= 0
        return ops.where(active, cost, ops.zeros_like(cost)), ops.cast(active, cost.dtype)


def triplet_semihard_loss(
    y_true: Any,
    y_pred: Any,
    margin: float = 1.0,
    distance_metric: str | Callable[[Tensor], Tensor] = "L2",
    *,
    degenerate: str = "finite",
    reduction: str | None = "mean",
) -> Tensor:
    """Σ max(0, margin + d(anchor, positive) − d(anchor, negative)) / number of positive pairs.

    Every ordered pair of samples with one label is an anchor and its positive. The negative is the nearest sample with
    another label that is farther (strictly) than the positive, or the anchor's farthest if there is none. Values and
    gradients are those of `tensorflow_addons.losses.triplet_semihard_loss` 0.23. Negatives at exactly the same distance
    share the gradient equally.

    Args:
        y_true: labels [batch] or [batch, 1]: integers of any width, booleans, or strings (host data on every backend,
            tensors on TensorFlow). They are compared as they are, never as floats.
        y_pred: embeddings [batch, dim], floating point; usually of unit length. Half precision is computed in float32.
        margin: in the units of the distance.
        distance_metric: "L2" (Euclidean), "squared-L2", "angular" (1 − cosine), or a callable that maps embeddings
            [batch, dim] to distances [batch, batch] with anchors as rows.
        degenerate: what a batch without positive pairs, or of one class only, gives. "finite": pairs without a negative
            are left out, and a batch without pairs gives 0 with gradient 0. "addons": the values of TensorFlow Addons,
            which are NaN without positive pairs, and margin + d(anchor, positive) − the row's smallest distance without
            negatives.
        reduction: "mean" for the published scalar, "none" or None for one value an anchor, [batch], whose mean it is.

    Returns:
        A scalar, or [batch], in the dtype of `y_pred`. NaN or infinity in the embeddings gives NaN.

    Raises:
        ValueError: for an unknown option, a wrong rank, or different lengths.
        TypeError: for a margin that is no number, or labels or embeddings of a wrong dtype.

    Example:
        >>> import numpy as np
        >>> embeddings = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], "float32")
        >>> loss = triplet_semihard_loss([0, 0, 1], embeddings)
        >>> print(f"{float(loss):.4f}")  # both negatives at √2 and 2; positives at √2
        0.7071

    Source:
        Schroff, Kalenichenko, Philbin, "FaceNet: A Unified Embedding for Face Recognition and Clustering", 2015, §3.
    """
    margin = _inputs.finite_number("margin", margin)
    distance = distances.get(distance_metric)
    _checks.one_of("degenerate", degenerate, DEGENERATE)
    _checks.one_of("reduction", reduction, REDUCTIONS)
    embeddings = _inputs.embeddings_of(y_pred)
    codes = _inputs.codes_of(y_true, embeddings)
    values = _per_anchor(codes, embeddings, Hinge(margin), distance, degenerate == "addons")
    if reduction == "mean":
        # TensorFlow Addons divides by the number of pairs; the mean of nothing is not to be NaN unless asked for.
        empty = values.shape[0] == 0 and degenerate == "finite"
        values = ops.sum(values) if empty else ops.mean(values)
    return ops.cast(values, embeddings.dtype)


@_backend.uncompiled
def _per_anchor(codes: Tensor, embeddings: Tensor, pay: Hinge, distance: distances.Distance, addons: bool) -> Tensor:
    """The loss of each anchor [batch], in the batch's order, times batch / number of positive pairs."""
    batch = ops.shape(embeddings)[0]
    precise = embeddings if "float64" in str(embeddings.dtype) else ops.cast(embeddings, "float32")
    # 0 · x is NaN exactly for the NaN and the infinities that no choice of a triplet may hide.
    poison = ops.sum(precise * 0.0)
    if isinstance(batch, int) and batch == 0:
        return poison + ops.sum(precise, axis=1)
    classes = classes_of(codes)
    if isinstance(distance, distances.Metric):
        ordered = _backend.permute_rows(precise, classes.order, classes.place)
        cost = _cost_of_rows(distance.rows(ordered), classes, pay, distance, addons)
    else:
        # A callable sees the batch in its own order: it may carry something that belongs to it.
        matrix = ops.take(ops.take(distance(precise), classes.order, axis=0), classes.order, axis=1)
        cost = _cost_of_matrix(matrix, classes, pay, addons)

    size = classes.stop - classes.start
    paired = ops.cast(ops.sum(size - 1 if addons else ops.where(size < batch, size - 1, 0)), cost.dtype)
    count = paired if addons else ops.maximum(paired, 1.0)
    return ops.take(cost, classes.place) * (ops.cast(batch, cost.dtype) / count) + poison


def _cost_of_matrix(matrix: Tensor, classes: Classes, pay: Hinge, addons: bool) -> Tensor:
    """The cost of each anchor [batch] from distances, whose own gradient the backend takes."""
    constant = ops.stop_gradient(matrix)
    cost, slopes = pay_semi_hard(_pairs(constant, classes), pay, row_minimum=addons)
    # Adds nothing to the value, and to the gradient what mining found: slopes are constants, distances are not.
    return ops.stop_gradient(cost) + ops.sum(ops.stop_gradient(slopes) * (matrix - constant), axis=1)


def _cost_of_rows(rows: Tensor, classes: Classes, pay: Hinge, metric: distances.Metric, addons: bool) -> Tensor:
    """The same from the metric's rows [batch, dim]: keeps one [batch, batch] matrix, and saves a matrix product."""

    @ops.custom_gradient
    def cost_of(rows: Tensor) -> tuple[Tensor, Callable[..., Tensor]]:
        gram = ops.matmul(rows, ops.transpose(rows))
        cost, slopes = pay_semi_hard(_pairs(gram, classes), pay, row_minimum=addons, metric=metric)

        def gradient(*upstreams: Tensor, upstream: Tensor | None = None) -> Tensor:
            weights = upstreams[0] if upstream is None else upstream
            return metric.gradient(rows, weights[:, None] * slopes)

        return cost, gradient

    return cost_of(rows)


def _pairs(matrix: Tensor, classes: Classes) -> Pairs:
    return Pairs(matrix, classes.start, classes.stop, ops.arange(ops.shape(matrix)[0], dtype="int32"))


@keras.saving.register_keras_serializable(package="semihard")
class TripletSemiHardLoss(EmbeddingLoss):
    """`triplet_semihard_loss` for `model.compile(loss=...)`, with the name and arguments of TensorFlow Addons.

    Args:
        margin, distance_metric, degenerate: as in `triplet_semihard_loss`.
        name, reduction, dtype: as in `keras.losses.Loss`.

    A callable `distance_metric` must be registered with `keras.saving.register_keras_serializable` to be saved.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.UnitNormalization()])
        >>> model.compile("adam", loss=TripletSemiHardLoss(margin=0.5))
    """

    def __init__(
        self,
        margin: float = 1.0,
        distance_metric: str | Callable[[Tensor], Tensor] = "L2",
        name: str | None = "triplet_semihard_loss",
        *,
        degenerate: str = "finite",
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.margin = _inputs.finite_number("margin", margin)
        distances.get(distance_metric)
        self.distance_metric = distance_metric
        self.degenerate = _checks.one_of("degenerate", degenerate, DEGENERATE)

    def call(self, y_true: Any, y_pred: Tensor) -> Tensor:
        return triplet_semihard_loss(
            y_true, y_pred, self.margin, self.distance_metric, degenerate=self.degenerate, reduction=None
        )

    def get_config(self) -> dict[str, Any]:
        metric = self.distance_metric
        return {
            **super().get_config(),
            "margin": self.margin,
            "distance_metric": metric if isinstance(metric, str) else keras.saving.serialize_keras_object(metric),
            "degenerate": self.degenerate,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "TripletSemiHardLoss":
        config = dict(config)
        if isinstance(config.get("distance_metric"), dict):
            config["distance_metric"] = keras.saving.deserialize_keras_object(config["distance_metric"])
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = keras.dtype_policies.deserialize(config["dtype"])
        return cls(**config)

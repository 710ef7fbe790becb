"""Figures of the triplets that `TripletSemiHardLoss` mines, as Keras metrics: `compile(metrics=[ActiveTriplets()])`.

Each asks another question of the same triplets, and so costs one more pass of mining. Means are over all positive pairs
that the loss counts: ordered pairs of a class, in batches that have negatives.
"""

import abc
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from semihard import _inputs, distances
from semihard._core import checks
from semihard._inputs import Shared, codes_of
from semihard.backend import Tensor
from semihard.mining.engine import Choices, values_by_label
from semihard.mining.pairs import classes_of


def _reached(excess: Tensor) -> tuple[Tensor, Tensor]:
    return ops.cast(excess >= 0, excess.dtype), ops.zeros_like(excess)


def _difference(excess: Tensor) -> tuple[Tensor, Tensor]:
    return excess, ops.zeros_like(excess)


class _OverPairs(keras.metrics.Metric, abc.ABC):
    """A mean over positive pairs, of all batches since the last reset; 0 before any pair."""

    def __init__(
        self,
        distance_metric: str | Callable[[Tensor], Tensor] = "L2",
        name: str | None = None,
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        distances.get(distance_metric)
        self.distance_metric = distance_metric
        self.cross_replica = checks.one_of("cross_replica", cross_replica, (True, False, None))
        self.total = self.add_variable((), "zeros", name="total")
        self.pairs = self.add_variable((), "zeros", name="pairs")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: labels [batch] or [batch, 1], embeddings [batch, dim]. Weights of samples are not used."""
        del sample_weight
        embeddings = ops.stop_gradient(_inputs.embeddings_of(y_pred, y_true))
        who = type(self).__name__
        y_true, embeddings, shared = _inputs.of_all_replicas(who, self.cross_replica, y_true, embeddings)
        codes, precise = codes_of(y_true, _inputs.precise(embeddings))
        classes = classes_of(codes)
        size = classes.stop - classes.start
        batch = ops.shape(embeddings)[0]
        pairs = ops.cast(ops.sum(ops.where(size < batch, size - 1, 0)), self.dtype)
        total = self._total(codes, precise, ops.cast(pairs, precise.dtype), shared)
        # Where replicas share a batch, each of them counts all of it, in both sums.
        self.total.assign_add(ops.cast(total if shared is None else shared.total(total), self.dtype))
        self.pairs.assign_add(pairs)

    def result(self) -> Tensor:
        return self.total / ops.maximum(self.pairs, 1.0)

    def get_config(self) -> dict[str, Any]:
        metric = self.distance_metric
        named = metric if isinstance(metric, str) else keras.saving.serialize_keras_object(metric)
        replicas = {} if self.cross_replica is None else {"cross_replica": self.cross_replica}
        return {**super().get_config(), "distance_metric": named, **replicas}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "_OverPairs":
        config = dict(config)
        if isinstance(config.get("distance_metric"), dict):
            config["distance_metric"] = keras.saving.deserialize_keras_object(config["distance_metric"])
        return cls(**config)

    @abc.abstractmethod
    def _total(self, codes: Tensor, embeddings: Tensor, pairs: Tensor, shared: Shared | None) -> Tensor:
        """The sum over the positive pairs of these anchors; `pairs` is how many all of the batch have."""

    def _mined(
        self,
        codes: Tensor,
        embeddings: Tensor,
        pairs: Tensor,
        shared: Shared | None,
        margin: float,
        cost_fn: Callable[[Tensor], Any],
    ) -> Tensor:
        """The sum of `cost_fn(margin + d(anchor, positive) − d(anchor, negative))`."""
        choices = Choices(cost=cost_fn)
        values = values_by_label(codes, embeddings, margin, self.distance_metric, choices, shared)
        return ops.sum(values) * pairs / ops.maximum(ops.cast(ops.shape(embeddings)[0], values.dtype), 1.0)


@keras.saving.register_keras_serializable("semihard")
class ActiveTriplets(_OverPairs):
    """The share of triplets that still pull: margin + d(anchor, positive) − d(anchor, negative) ≥ 0.

    Near 0 nothing is learned any more: a larger margin, or larger batches, find new triplets.

    Args:
        margin, distance_metric: those of the loss.
        name, dtype: as in `keras.metrics.Metric`.
        cross_replica: that of the loss: whether the figure is that of the batch of all replicas, on each of them.

    Example:
        >>> metric = ActiveTriplets(margin=0.5)
        >>> metric.update_state([0, 0, 1], [[0.0], [1.0], [3.0]])  # d(a, p) = 1; d(a, n) = 3 and 2
        >>> print(float(metric.result()))
        0.0
    """

    def __init__(
        self,
        margin: float = 1.0,
        distance_metric: str | Callable[[Tensor], Tensor] = "L2",
        name: str | None = "active_triplets",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(distance_metric, name, dtype, cross_replica)
        self.margin = checks.finite_number("margin", margin)

    def _total(self, codes: Tensor, embeddings: Tensor, pairs: Tensor, shared: Shared | None) -> Tensor:
        return self._mined(codes, embeddings, pairs, shared, self.margin, _reached)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "margin": self.margin}


@keras.saving.register_keras_serializable("semihard")
class FallbackPairs(_OverPairs):
    """The share of positive pairs without any negative farther than the positive, which fell back to the farthest.

    Much of it late in training says that some positives are farther than everything else: wrong labels, or classes of
    several kinds.

    Args:
        distance_metric: that of the loss.
        name, dtype: as in `keras.metrics.Metric`.
        cross_replica: that of the loss: whether the figure is that of the batch of all replicas, on each of them.

    Example:
        >>> metric = FallbackPairs()
        >>> metric.update_state([0, 0, 1], [[0.0], [4.0], [1.0]])  # no negative is farther than 4
        >>> print(float(metric.result()))
        1.0
    """

    def __init__(
        self,
        distance_metric: str | Callable[[Tensor], Tensor] = "L2",
        name: str | None = "fallback_pairs",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(distance_metric, name, dtype, cross_replica)

    def _total(self, codes: Tensor, embeddings: Tensor, pairs: Tensor, shared: Shared | None) -> Tensor:
        # A semi-hard negative is strictly farther: with margin 0 only a fallback reaches 0.
        return self._mined(codes, embeddings, pairs, shared, 0.0, _reached)


@keras.saving.register_keras_serializable("semihard")
class PositiveDistance(_OverPairs):
    """The mean distance of positive pairs, in the units of the metric.

    Args:
        distance_metric: that of the loss.
        name, dtype: as in `keras.metrics.Metric`.
        cross_replica: that of the loss: whether the figure is that of the batch of all replicas, on each of them.

    Example:
        >>> metric = PositiveDistance()
        >>> metric.update_state([0, 0, 1], [[0.0], [1.0], [3.0]])
        >>> print(float(metric.result()))
        1.0
    """

    def __init__(
        self,
        distance_metric: str | Callable[[Tensor], Tensor] = "L2",
        name: str | None = "positive_distance",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(distance_metric, name, dtype, cross_replica)

    def _total(self, codes: Tensor, embeddings: Tensor, pairs: Tensor, shared: Shared | None) -> Tensor:
        anchors = None if shared is None else shared.anchors
        matrix = distances.of_anchors(distances.function(self.distance_metric), embeddings, anchors)
        same = codes[:anchors, None] == codes[None, :]
        rows, columns = (ops.arange(size, dtype="int32") for size in ops.shape(same))
        positive = ops.logical_and(same, rows[:, None] != columns[None, :])
        counted = ops.logical_and(positive, ops.logical_not(ops.all(same, axis=1, keepdims=True)))
        return ops.sum(ops.where(counted, matrix, ops.zeros_like(matrix)))


@keras.saving.register_keras_serializable("semihard")
class NegativeDistance(PositiveDistance):
    """The mean distance of the negatives that were mined, one for each positive pair, in the units of the metric.

    Args:
        distance_metric: that of the loss.
        name, dtype: as in `keras.metrics.Metric`.
        cross_replica: that of the loss: whether the figure is that of the batch of all replicas, on each of them.

    Example:
        >>> metric = NegativeDistance()
        >>> metric.update_state([0, 0, 1], [[0.0], [1.0], [3.0]])
        >>> print(float(metric.result()))
        2.5
    """

    def __init__(
        self,
        distance_metric: str | Callable[[Tensor], Tensor] = "L2",
        name: str | None = "negative_distance",
        dtype: Any = None,
        cross_replica: bool | None = None,
    ) -> None:
        super().__init__(distance_metric, name, dtype, cross_replica)

    def _total(self, codes: Tensor, embeddings: Tensor, pairs: Tensor, shared: Shared | None) -> Tensor:
        positive = super()._total(codes, embeddings, pairs, shared)
        return positive - self._mined(codes, embeddings, pairs, shared, 0.0, _difference)

"""The Keras shell around a loss function of labels and embeddings."""

import inspect
from collections.abc import Callable
from typing import Any, Self

import keras

from semihard import _inputs, backend
from semihard._core import checks
from semihard._inputs import Shared
from semihard.backend import Tensor, ops
from semihard.losses.memory import Memory
from semihard.relations.choose import as_relation


class EmbeddingLoss(keras.losses.Loss):
    """`function(y_true, y_pred, **options)`, one value an anchor [batch], weighted and reduced by Keras.

    It differs from `keras.losses.Loss` in one thing: labels reach the function as they are. Keras casts them to the
    dtype of the loss, where 16777216 and 16777217 become one class in float32, and 256 and 257 in bfloat16.

    Weights (`sample_weight`, class weights) multiply anchors. Keras's scaling for distribution applies.

    A subclass names its options in its `__init__`, checks them, and hands them on. They become its attributes, what
    the function gets, and what `get_config` returns: objects and registered callables among them are saved by Keras. A
    subclass without a function writes `call(y_true, y_pred)` itself.

    Args:
        function: of labels and embeddings. If it takes `reduction`, it gets None; if it takes `memory`, so does the
            loss. If it takes `shared`, it works out the anchors of its own replica only (`cross_replica`), of which it
            returns the values; else it gets the whole batch as its own.
        name, reduction, dtype: as in `keras.losses.Loss`.
        cross_replica: where several replicas each have a part of the batch (`tf.distribute`, `torch.distributed`):
            whether samples are compared with those of all replicas, as on one device. False: only with those of their
            own; None: so, with a warning. On JAX a program sees all of them anyway.
        options: further arguments of the function, and of the subclass, under the same names.

    Attributes:
        options: the options by name, as they are now.
        takes_memory: whether `call` takes a `Memory` too.
        takes_shared: whether it takes a `Shared`.
        of_embeddings: whether predictions are embeddings [batch, dim], and not something that was made of them: a class
            attribute.
        gathers: whether predictions of several replicas may be put together: not where the loss of a sample depends on
            no other, or where they are a matrix of the batch: a class attribute.

    Raises:
        TypeError: for a `relation` among the options that is none of `semihard.relations`.

    Example:
        >>> import numpy as np
        >>> from semihard import distances
        >>> from semihard.relations import same_label
        >>> def spread_loss(y_true, y_pred, margin=1.0):
        ...     negative = same_label(y_true, y_pred).negative
        ...     nearest = ops.amin(ops.where(negative, distances.euclidean(y_pred), margin), axis=1)
        ...     return ops.relu(margin - nearest)
        >>> class SpreadLoss(EmbeddingLoss):
        ...     def __init__(self, margin=1.0, name="spread_loss", **kwargs):
        ...         super().__init__(spread_loss, margin=margin, name=name, **kwargs)
        >>> loss = SpreadLoss(margin=4.0)
        >>> print(float(loss(np.array([0, 1]), np.array([[0.0], [3.0]], "float32"))))
        1.0
        >>> SpreadLoss.from_config(loss.get_config()).margin
        4.0
    """

    takes_memory: bool = False
    takes_shared: bool = False
    of_embeddings = True
    gathers = True

    def __init__(
        self,
        function: Callable[..., Tensor] | None = None,
        /,
        *,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
        cross_replica: bool | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        # Keras would name it after its class, and TensorFlow takes no name that starts with an underscore.
        self._reduce = _Precomputed(name="reduced", reduction=reduction, dtype=dtype)
        self.cross_replica: bool | None = checks.one_of("cross_replica", cross_replica, (True, False, None))
        if "relation" in options:
            as_relation(options["relation"])
        self._function = function
        self._option_names = tuple(options)
        for option, value in options.items():
            setattr(self, option, value)
        if function is not None:
            parameters = inspect.signature(function).parameters
            self.takes_memory, self.takes_shared = "memory" in parameters, "shared" in parameters
            self._constant = {"reduction": None} if "reduction" in parameters else {}

    @property
    def options(self) -> dict[str, Any]:
        return {option: getattr(self, option) for option in self._option_names}

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None, memory: Memory | None = None) -> Tensor:
        if memory is not None and not self.takes_memory:
            raise TypeError(
                f"Expected a loss that takes a memory. Received: {type(self).__name__}. TripletLoss() takes one, whose "
                "defaults are those of TripletSemiHardLoss, and so do the losses over all pairs."
            )
        if getattr(y_pred, "_keras_mask", None) is not None:
            raise ValueError(
                f"Expected embeddings without a Keras mask: {type(self).__name__} would still mine the masked rows. "
                "Received: y_pred with a mask. Take the rows out of the batch, or end the mask in the model."
            )
        _inputs.check_order(y_true, y_pred)  # before what came as predictions becomes floats
        predictions = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        shared = None
        if self.gathers:
            y_true, predictions, shared = _inputs.of_all_replicas(
                type(self).__name__, self.cross_replica, y_true, predictions
            )
        further: dict[str, Any] = {} if memory is None else {"memory": memory}
        if shared is not None and self.takes_shared:
            further["shared"] = shared
        with backend.without_autocast(predictions):
            losses = self.call(y_true, predictions, **further)
        if shared is not None:
            return self._of_all_replicas(losses[: shared.anchors], sample_weight, shared)
        mean = sample_weight is None and self.reduction == "sum_over_batch_size" and losses.dtype == predictions.dtype
        # Eagerly, the words that Keras says around a sum take longer than mining a small batch.
        if mean and backend.on_host(losses) is not None:
            return ops.sum(losses) / max(losses.shape.numel(), 1)
        return self._reduce(losses, losses, sample_weight)

    def _of_all_replicas(self, losses: Tensor, weights: Any, shared: Shared) -> Tensor:
        """The loss of the whole batch, with as many times this replica's part of the gradient as there are replicas.

        So the mean that is taken of the replicas' gradients is the whole one.
        """
        reduced = self._reduce(losses, losses, weights)
        if self.reduction in (None, "none"):
            return reduced
        reduced = ops.sum(reduced)  # of no samples Keras leaves what is empty, while others wait for this replica
        own = total = ops.ones_like(reduced)
        if self.reduction != "sum":
            by_weight = self.reduction == "mean_with_sample_weight" and weights is not None
            counted = ops.broadcast_to(ops.cast(weights, reduced.dtype), ops.shape(losses)) if by_weight else None
            own = ops.sum(ops.ones_like(losses) if counted is None else counted)
            total = shared.total(own)
        share = reduced * ops.cast(own / ops.where(total == 0, ops.ones_like(total), total), reduced.dtype)
        pulling = share * backend.replicas()
        return pulling + ops.stop_gradient(shared.total(share) - pulling)

    def call(self, y_true: Any, y_pred: Tensor, memory: Memory | None = None, shared: Shared | None = None) -> Tensor:
        if self._function is None:
            raise NotImplementedError(
                f"Expected {type(self).__name__} to have a function, or a `call` of its own. Received: neither. Hand "
                "the function to `super().__init__` as the first argument."
            )
        given = {"memory": memory, "shared": shared}
        further = {name: value for name, value in given.items() if value is not None}
        return self._function(y_true, y_pred, **self.options, **self._constant, **further)

    def get_config(self) -> dict[str, Any]:
        options = {name: keras.saving.serialize_keras_object(value) for name, value in self.options.items()}
        replicas = {} if self.cross_replica is None else {"cross_replica": self.cross_replica}
        dtype = keras.dtype_policies.serialize(self._dtype_policy)
        return {**super().get_config(), "dtype": dtype, **replicas, **options}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Options that are objects (the dtype policy, a callable) are serialised in the config."""
        read = keras.saving.deserialize_keras_object
        return cls(**{key: read(value) if isinstance(value, dict) else value for key, value in config.items()})


class _Precomputed(keras.losses.Loss):
    """Keras's own weighting and reduction of losses that are already computed."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return y_pred

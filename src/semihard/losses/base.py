"""The thin Keras shell around a loss function of labels and embeddings."""

from typing import Any, Self

import keras
from keras import ops

from semihard.backend import Tensor
from semihard.losses.memory import Memory


class EmbeddingLoss(keras.losses.Loss):
    """A loss over the pairs of a batch: `call(y_true, y_pred)` returns one value an anchor, [batch].

    It differs from `keras.losses.Loss` in one thing: labels reach `call` as they are. Keras casts them to the dtype of
    the loss, where 16777216 and 16777217 become one class in float32, and 256 and 257 in bfloat16.

    Weights (`sample_weight`, class weights) multiply anchors. Keras's scaling for distribution applies.

    Attributes:
        takes_memory: whether `call` takes a `Memory` too.
    """

    takes_memory = False

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        # Keras would name it after its class, and TensorFlow takes no name that starts with an underscore.
        self._reduce = _Precomputed(name="reduced", reduction=reduction, dtype=dtype)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None, memory: Memory | None = None) -> Tensor:
        further = () if memory is None else (memory,)
        if further and not self.takes_memory:
            raise TypeError(
                f"Expected a loss that takes a memory. Received: {type(self).__name__}. TripletLoss() takes one, whose "
                "defaults are those of TripletSemiHardLoss, and so do the losses over all pairs."
            )
        if getattr(y_pred, "_keras_mask", None) is not None:
            raise ValueError(
                f"Expected embeddings without a Keras mask: {type(self).__name__} would still mine the masked rows. "
                "Received: y_pred with a mask. Take the rows out of the batch, or end the mask in the model."
            )
        losses = self.call(y_true, ops.convert_to_tensor(y_pred, dtype=self.dtype), *further)
        return self._reduce(losses, losses, sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dtype": keras.dtype_policies.serialize(self._dtype_policy)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Options that are objects (the dtype policy, a callable) are serialised in the config."""
        read = keras.saving.deserialize_keras_object
        return cls(**{key: read(value) if isinstance(value, dict) else value for key, value in config.items()})


class _Precomputed(keras.losses.Loss):
    """Keras's own weighting and reduction of losses that are already computed."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return y_pred

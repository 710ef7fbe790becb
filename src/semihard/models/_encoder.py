"""What models that train an encoder in a way of their own have in common."""

from typing import Any, Self

import keras

from semihard._inputs import exact_labels
from semihard.backend import Tensor


class EncoderModel(keras.Model):
    """A model whose output is that of its encoder, and that Keras can save with the objects that it was made of.

    Args:
        encoder: the model that embeds, [batch, …] → [batch, dim], built.
        **kwargs: as in `keras.Model`.

    Raises:
        TypeError: for an encoder that is no model.
        ValueError: for one that does not give [batch, dim].
    """

    def __init__(self, encoder: keras.Model, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(encoder, keras.Model):
            raise TypeError(f"Expected `encoder` to be a Keras model. Received: {type(encoder).__name__}.")
        shape = tuple(encoder.output_shape) if encoder.built else None
        if shape is None or len(shape) != 2 or shape[1] is None:
            raise ValueError(
                f"Expected `encoder` to be built and to give [batch, dim]. Received: output shape {shape}. "
                "Begin it with a keras.Input, and end it with one vector a sample."
            )
        self.encoder = encoder

    def call(self, inputs: Any, training: bool | None = None) -> Tensor:
        return self.encoder(inputs, training=training)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        # Keras does not compile a loaded model whose `compile` is not its own.
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def exact(self, y: Any, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Labels as a tensor of integers, and embeddings that are NaN where there was none.

        Raises:
            TypeError: for strings, which are no numbers in a compiled program.
        """
        labels, y_pred = exact_labels(keras.ops.convert_to_tensor(y), y_pred)
        if keras.backend.standardize_dtype(labels.dtype) == "string":
            raise TypeError(
                f"Expected integer labels for {type(self).__name__}. Received: strings. Number them with "
                "`semihard.encode_labels`."
            )
        return labels, y_pred

    def with_penalties(self, loss: Tensor) -> Tensor:
        """`loss`, and what layers add to it, as regularizers do."""
        for penalty in self.losses:
            loss = loss + keras.ops.sum(keras.ops.cast(penalty, loss.dtype))
        return loss

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "encoder": keras.saving.serialize_keras_object(self.encoder)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        def read(value: Any) -> Any:
            return keras.saving.deserialize_keras_object(value, custom_objects) if isinstance(value, dict) else value

        return cls(**{name: read(value) for name, value in config.items()})

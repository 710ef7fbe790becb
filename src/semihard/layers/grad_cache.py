"""A model applied to a large batch a chunk at a time, so that the activations of one chunk only are in memory."""

from typing import Any

import keras
from keras import ops

from semihard import backend
from semihard._core import checks
from semihard.backend import Tensor


@keras.saving.register_keras_serializable("semihard")
class GradCache(keras.layers.Wrapper):
    """Embeds a batch in `chunks` parts, with the gradient of the whole batch, in the memory of one part.

    A loss over pairs needs the embeddings of all samples at once, but not their activations: these are computed again,
    a chunk at a time, when the gradient comes back. A batch of 16,384 then trains where one of 512 does, with a second
    forward pass. The gradient is that of the undivided model, dropout and the like included (their random numbers are
    the same the second time); only layers that look at the batch, as BatchNormalization, see a chunk at a time.

    Works in `fit` on every backend. The layer inside is the model to keep and to search with; it shares its weights.

    Args:
        layer: the model or layer that embeds, [batch, …] → [batch, dim].
        chunks: in how many parts of equal size, at least 1. Where they do not divide the batch, the last ones begin
            early enough to be full: BatchNormalization then sees a few samples twice. Where there is no gradient
            (`predict`, `evaluate`) the batch is embedded in chunks as well.

    Raises:
        TypeError, ValueError: for `chunks` that is not a whole number of at least 1.

    Example:
        >>> encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
        >>> model = keras.Sequential([keras.Input((8,)), GradCache(encoder, chunks=4)])
        >>> model.predict(ops.ones((10, 8)), verbose=0).shape
        (10, 4)

    Source:
        Gao, Zhang, Han, Callan, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", 2021, §3
        (GradCache); recomputation by Chen, Xu, Zhang, Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016.
    """

    def __init__(self, layer: keras.layers.Layer, chunks: int = 8, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.chunks = checks.whole_number("chunks", chunks, 1)

    def call(self, inputs: Any, training: bool | None = None) -> Tensor:
        weights = [variable.value for variable in self.layer.trainable_variables]
        # Copies, since PyTorch assigns in place, and the second time must begin with what the first began with.
        state = [ops.copy(variable.value) for variable in self.layer.non_trainable_variables]
        batch = ops.shape(keras.tree.flatten(inputs)[0])[0]
        # Chunks of one size, so that they can be a loop: the last ones begin early enough to be full.
        size = -(-batch // self.chunks)
        starts = ops.minimum(ops.arange(self.chunks) * size, batch - size)
        rows = starts[:, None] + ops.arange(size)[None, :]
        chunks = keras.tree.map_structure(lambda x: ops.take(x, rows, axis=0), inputs)
        state, outputs = backend.scan(lambda state, chunk: self._embed(weights, state, chunk, training), state, chunks)
        for variable, value in zip(self.layer.non_trainable_variables, state, strict=True):
            variable.assign(value)
        row = ops.arange(batch)
        outputs = ops.reshape(outputs, (-1, *outputs.shape[2:]))
        return ops.take(outputs, row + (row // size) * size - ops.take(starts, row // size), axis=0)

    def _embed(
        self, weights: list[Tensor], state: list[Tensor], chunk: Any, training: bool | None
    ) -> tuple[list[Tensor], Tensor]:
        """The layer as a function without state: computed again, it must neither count twice nor draw anew."""
        values = keras.tree.flatten([weights, state, chunk])
        # TensorFlow warns about each argument that can have no gradient.
        floating = [i for i, value in enumerate(values) if "float" in keras.backend.standardize_dtype(value.dtype)]

        def embed(*floats: Tensor) -> tuple[Tensor, ...]:
            given = list(values)
            for i, value in zip(floating, floats, strict=True):
                given[i] = value
            packed = keras.tree.pack_sequence_as([weights, state, chunk], given)
            output, after = self.layer.stateless_call(*packed, **self._options(training))
            return *after, output

        *state, output = keras.remat(embed)(*(values[i] for i in floating))
        return state, output

    def compute_output_spec(self, inputs: Any, training: bool | None = None) -> Any:
        return self.layer.compute_output_spec(inputs, **self._options(training))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "chunks": self.chunks}

    def _options(self, training: bool | None) -> dict[str, Any]:
        return {"training": training} if self.layer._call_has_training_arg else {}

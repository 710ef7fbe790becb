"""Training against the embeddings of the batches before."""

from typing import Any

import keras
import numpy as np
from keras import ops

from semihard import backend
from semihard._core import checks
from semihard._inputs import gathered
from semihard.backend import Tensor
from semihard.losses import EmbeddingLoss, Memory
from semihard.models._encoder import EncoderModel


@keras.saving.register_keras_serializable("semihard")
class CrossBatchMemory(EncoderModel):
    """A model that is trained against the last `size` embeddings, too, so that small batches meet many negatives.

    Each batch is compared with itself and with the memory, and then takes the place of what is oldest there. What is in
    the memory was made by weights of a few steps ago, and gets no gradient: that is right as long as embeddings move
    slowly, so the learning rate should be small or warmed up, or the memory used only after `warmup` steps. `evaluate`
    compares a batch with itself only. The memory is saved with the model and its weights, so training resumes as if
    it had not stopped; `encoder` is the model to keep and to search with.

    Args:
        encoder: the model that embeds, [batch, …] → [batch, dim], built.
        size: how many embeddings to remember, at least 1.
        warmup: steps in which the memory is filled but not used.
        label_shape: of the labels of one sample, integers: () for one class, (2,) for `SameLabelOtherSource`,
            (classes,) for `SharedLabel`.

    `compile` takes a loss that takes a memory: `TripletLoss` (not `TripletSemiHardLoss`, which is its default) and the
    losses over all pairs, as `MultiSimilarityLoss`.

    Raises:
        TypeError: for an encoder that is no model, another loss, or labels that are not integers.
        ValueError: for an encoder that does not give [batch, dim], a size below 1, or a negative warmup.

    Example:
        >>> from semihard.losses import PairContrastiveLoss
        >>> encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
        >>> model = CrossBatchMemory(encoder, size=64)
        >>> model.compile("sgd", loss=PairContrastiveLoss(negative_margin=0.5))
        >>> _ = model.fit(ops.ones((40, 8)), ops.arange(40) % 5, batch_size=10, verbose=0)
        >>> int(model.remembered)
        40

    Source:
        Wang, Zhang, Huang, Scott, "Cross-Batch Memory for Embedding Learning", 2020, §3.2. There pairs within the batch
        too have a gradient on one side only.
    """

    def __init__(
        self,
        encoder: keras.Model,
        size: int,
        *,
        warmup: int = 0,
        label_shape: tuple[int, ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, **kwargs)
        self.size = checks.whole_number("size", size, 1)
        self.warmup = checks.whole_number("warmup", warmup, 0)
        self.label_shape = tuple(checks.whole_number("label_shape", side, 1) for side in label_shape)
        self._embeddings = self._state("memory_embeddings", (self.size, encoder.output_shape[1]), "float32")
        # As wide as labels are on this backend.
        wide = keras.backend.standardize_dtype(backend.label_codes(ops.convert_to_tensor(np.zeros(1, np.int64))).dtype)
        self._labels = self._state("memory_labels", (self.size, *self.label_shape), wide)
        self._seen = self._state("seen", (), "int32")
        self._steps = self._state("steps", (), "int32")
        self.built = True

    def _state(self, name: str, shape: tuple[int, ...], dtype: str) -> keras.Variable:
        return self.add_weight(
            name=name, shape=shape, dtype=dtype, initializer="zeros", trainable=False, autocast=False
        )

    @property
    def remembered(self) -> Tensor:
        """How many embeddings are in the memory."""
        return ops.minimum(self._seen.value, self.size)

    def compile(self, optimizer: Any = "rmsprop", loss: Any = None, **kwargs: Any) -> None:
        if not (isinstance(loss, EmbeddingLoss) and loss.takes_memory):
            raise TypeError(
                "Expected `loss` to be a loss that takes a memory: TripletLoss() or one over all pairs, such as "
                f"MultiSimilarityLoss(). Received: loss={loss!r}."
            )
        super().compile(optimizer, loss=loss, **kwargs)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """The loss of a batch against itself and the memory; in training, the memory then takes the batch in."""
        if not training:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        labels, y_pred = self._codes(y, y_pred)
        used = ops.logical_and(ops.arange(self.size) < self._seen.value, self._steps.value >= self.warmup)
        memory = Memory(self._labels.value, self._embeddings.value, used)
        total = self.with_penalties(self.loss(labels, y_pred, sample_weight, memory))
        self._remember(labels, y_pred)
        return total

    def _codes(self, y: Any, y_pred: Tensor) -> tuple[Tensor, Tensor]:
        """Labels as integers of the width that the memory has, [batch, *label_shape]; embeddings as `exact_labels`."""
        labels, y_pred = self.exact(y, y_pred)
        codes = ops.cast(backend.label_codes(labels), self._labels.dtype)
        return ops.reshape(codes, (-1, *self.label_shape)), y_pred

    def _remember(self, labels: Tensor, embeddings: Tensor) -> None:
        # Replicas have one memory: each would else remember its own samples only, and one of them be saved.
        labels, embeddings = gathered(labels, ops.stop_gradient(embeddings))
        labels, embeddings = labels[-self.size :], ops.cast(embeddings, "float32")[-self.size :]
        count = ops.shape(embeddings)[0]
        # The count must never overflow; a full memory goes on from the same place.
        seen = self._seen.value
        seen = ops.where(seen > 2**30, seen % self.size + self.size, seen)
        places = (seen + ops.arange(count, dtype="int32")) % self.size
        self._embeddings.assign(ops.scatter_update(self._embeddings.value, places[:, None], embeddings))
        self._labels.assign(ops.scatter_update(self._labels.value, places[:, None], labels))
        self._seen.assign(seen + count)
        self._steps.assign(ops.minimum(self._steps.value + 1, self.warmup))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "size": self.size,
            "warmup": self.warmup,
            "label_shape": list(self.label_shape),
        }

"""Training with class vectors of which each step meets some only."""

from typing import Any

import keras
from keras import ops

from semihard import backend
from semihard._core import checks
from semihard._inputs import one_each
from semihard.backend import Tensor
from semihard.layers import CosineClassifier
from semihard.losses import EmbeddingLoss
from semihard.models._encoder import EncoderModel


@keras.saving.register_keras_serializable("semihard")
class SampledClasses(EncoderModel):
    """A model that is trained against the class vectors of its batch and a random `samples` of the others (PartialFC).

    With a million classes the cosines [batch, classes] of a step, their gradient and the products behind them take
    most of its memory and time. Here they are [batch, samples + batch]: each sample is told from the classes of its
    own batch, and from others that are drawn anew for each step, without replacement. The paper finds a tenth of the
    classes as good as all. Gradient and state of the optimizer still are as large as the class vectors, and an
    optimizer with momentum also moves those that were not drawn.

    `predict` gives embeddings, for search and metrics. `evaluate` compares with all classes. What is drawn follows
    from the seed, whose state is saved with the model: training resumes as if it had not stopped.

    Args:
        encoder: the model that embeds, [batch, …] → [batch, dim], built. It is what to keep and to search with.
        classifier: owns the class vectors, and says how many classes there are.
        samples: how many classes to draw beside those of the batch, at least 1. Where all fit in, all are met.
        seed: of what is drawn; by default that of `keras.utils.set_random_seed`, or one of its own.

    `compile` takes a loss over classes whose samples do not depend on each other: `ArcFaceLoss`, `CosFaceLoss`, and
    `MatryoshkaLoss` of them. Labels are class numbers, [batch] or [batch, 1]; one that is out of range makes the loss
    NaN. Several replicas each draw for their own part of the batch.

    Raises:
        TypeError: for an encoder that is no model, a classifier of another kind, another loss, or labels that are not
            integers.
        ValueError: for an encoder that does not give [batch, dim], or `samples` below 1.

    Example:
        >>> from semihard.losses import ArcFaceLoss
        >>> encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
        >>> model = SampledClasses(encoder, CosineClassifier(classes=1000), samples=100, seed=0)
        >>> model.compile("adam", loss=ArcFaceLoss())
        >>> _ = model.fit(ops.ones((40, 8)), ops.arange(40) % 5, batch_size=10, verbose=0)
        >>> model.predict(ops.ones((2, 8)), verbose=0).shape
        (2, 4)

    Source:
        An et al., "Partial FC: Training 10 Million Identities on a Single Machine", 2021, §3.2: positive plus randomly
        sampled negative classes.
    """

    def __init__(
        self,
        encoder: keras.Model,
        classifier: CosineClassifier,
        samples: int,
        *,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, **kwargs)
        if not isinstance(classifier, CosineClassifier):
            raise TypeError(
                f"Expected `classifier` to be a CosineClassifier. Received: {type(classifier).__name__}. Give the "
                "layer itself, as CosineClassifier(classes=1_000_000), not a model that ends with it."
            )
        if not classifier.built:
            classifier.build((None, self.encoder.output_shape[1]))
        self.classifier = classifier
        self.samples = checks.whole_number("samples", samples, 1)
        self.seed = None if seed is None else checks.whole_number("seed", seed, 0)
        self._random = keras.random.SeedGenerator(seed)
        self.built = True

    def compile(self, optimizer: Any = "rmsprop", loss: Any = None, **kwargs: Any) -> None:
        if not isinstance(loss, EmbeddingLoss) or loss.of_embeddings or loss.gathers:
            raise TypeError(
                "Expected `loss` to be one over classes whose samples do not depend on each other: ArcFaceLoss(), "
                f"CosFaceLoss() or MatryoshkaLoss of them. Received: loss={loss!r}."
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
        """The loss of embeddings `y_pred`: in training against some of the classes, else against all."""
        labels, y_pred = self.exact(y, y_pred)
        if training:
            # As wide as they came: a number beyond int32 must not become that of another class.
            codes = backend.label_codes(one_each("y", labels))
            among = self._drawn(codes)
            total = self.loss(_places(codes, among), self.classifier(y_pred, among), sample_weight)
        else:
            total = self.loss(labels, self.classifier(y_pred), sample_weight)
        return self.with_penalties(total)

    def _drawn(self, codes: Tensor) -> Tensor:
        """Class numbers [≤ samples + batch], int32, ascending: those of the batch [batch], and others at random."""
        classes = self.classifier.classes
        keys = keras.random.uniform((classes,), seed=self._random)
        # Above all others. One that is out of range stands for the last or first, and is told by `_places`.
        own = ops.cast(ops.clip(codes, 0, classes - 1), "int32")[:, None]
        keys = ops.scatter_update(keys, own, ops.full_like(own[:, 0], 2, dtype=keys.dtype))
        count = ops.shape(codes)[0] + self.samples
        most = min(count, classes) if isinstance(count, int) else ops.minimum(count, classes)
        return ops.sort(ops.cast(ops.top_k(keys, most, sorted=False)[1], "int32"))

    # There are no others of its own, and Keras saves no state of a seed generator.
    def save_own_variables(self, store: Any) -> None:
        store["random"] = self._random.state

    def load_own_variables(self, store: Any) -> None:
        self._random.state.assign(store["random"])

    def get_config(self) -> dict[str, Any]:
        classifier = keras.saving.serialize_keras_object(self.classifier)
        return {**super().get_config(), "classifier": classifier, "samples": self.samples, "seed": self.seed}


def _places(codes: Tensor, among: Tensor) -> Tensor:
    """Where each number stands among ascending ones, [batch]; −1 for one that does not."""
    among = ops.cast(among, codes.dtype)
    places = ops.searchsorted(among, codes)
    found = ops.take(among, ops.minimum(places, ops.shape(among)[0] - 1), axis=0) == codes
    return ops.where(found, places, -ops.ones_like(places))

"""A loss of the first numbers of each embedding, at several sizes at once."""

from collections.abc import Sequence
from typing import Any

import keras

from semihard import _inputs, distances
from semihard._core import checks
from semihard._inputs import Shared
from semihard.backend import Tensor, ops
from semihard.losses.base import EmbeddingLoss
from semihard.losses.memory import Memory


@keras.saving.register_keras_serializable(package="semihard")
class MatryoshkaLoss(EmbeddingLoss):
    """Σ over sizes m of weight(m) · loss of the first m numbers of each embedding, divided by their length.

    An embedding that is trained so can be cut off at any of the sizes, and searched in a part of the memory and time.
    `semihard.evaluation.evaluate_at_dims` says what each size is worth. The pairs and triplets are mined at each size
    anew, so a step of the loss costs about as much as those of all sizes together.

    Losses over embeddings take these as ever, [batch, dim], with or without a memory. The others take one prediction
    for each size, [batch, sizes, …]: `semihard.layers.CosineClassifier(classes, dims=dims)` gives them to the losses
    over classes. To `NpairsLoss` the model gives `ops.stack([z[:, :m] @ ops.transpose(z[:, :m]) for m in dims], 1)`, to
    `ContrastiveLoss` distances [batch, sizes, 1].

    Args:
        loss: any loss of `semihard.losses`, or an `EmbeddingLoss` of your own. Its own reduction is not used; its
            `cross_replica` is.
        dims: the sizes, ascending; usually the last is the whole embedding.
        weights: of the sizes, above 0; by default 1 each, as in the paper.
        normalize: whether the first numbers are divided by their length, as one does to search with them. False for
            embeddings that are not of unit length. Predictions for each size are taken as they are.
        name, reduction, dtype: as in `keras.losses.Loss`.

    Raises:
        TypeError: for another loss, a memory with one that takes none, or numbers of a wrong kind.
        ValueError: for sizes that do not ascend or that the embeddings do not have, weights of another number, and
            predictions of another rank or number of sizes.

    Example:
        >>> import numpy as np
        >>> from semihard.losses import TripletSemiHardLoss
        >>> loss = MatryoshkaLoss(TripletSemiHardLoss(margin=0.5), dims=[1, 2])
        >>> embeddings = np.array([[0.6, 0.8], [0.8, 0.6], [1.0, 0.0]], "float32")
        >>> print(f"{float(loss([0, 0, 1], embeddings)):.4f}")  # of one number all are 1: 0.5, of two 0.0752
        0.5752

    Source:
        Kusupati et al., "Matryoshka Representation Learning", 2022, §3, eq. 1.
    """

    def __init__(
        self,
        loss: EmbeddingLoss,
        dims: Sequence[int],
        weights: Sequence[float] | None = None,
        *,
        normalize: bool = True,
        name: str | None = "matryoshka_loss",
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        if not isinstance(loss, EmbeddingLoss):
            raise TypeError(
                f"Expected `loss` to be a loss of semihard.losses. Received: {type(loss).__name__}. Give an object, as "
                "TripletSemiHardLoss(), or derive your own from EmbeddingLoss."
            )
        dims = checks.ascending("dims", dims)
        if weights is not None:
            weights = [checks.positive_number("weights", weight) for weight in weights]
            if len(weights) != len(dims):
                raise ValueError(
                    f"Expected one of `weights` for each of {len(dims)} sizes. Received: {len(weights)}. Leave them "
                    "out for 1 each."
                )
        super().__init__(
            name=name,
            reduction=reduction,
            dtype=dtype,
            cross_replica=loss.cross_replica,
            loss=loss,
            dims=dims,
            weights=weights,
            normalize=checks.one_of("normalize", normalize, (True, False)),
        )
        self.takes_memory, self.takes_shared = loss.takes_memory, loss.takes_shared
        self.of_embeddings, self.gathers = loss.of_embeddings, loss.gathers

    def get_config(self) -> dict[str, Any]:
        return {name: value for name, value in super().get_config().items() if name != "cross_replica"}

    def call(self, y_true: Any, y_pred: Tensor, memory: Memory | None = None, shared: Shared | None = None) -> Tensor:
        floats = _inputs.floats_of(y_pred)
        parts = self._prefixes(floats) if self.of_embeddings else self._predictions(floats)
        every: dict[str, Any] = {} if shared is None else {"shared": shared}
        further: list[dict[str, Any]] = [every] * len(parts)
        if memory is not None:
            older = self._prefixes(_inputs.floats_of(memory.embeddings))
            further = [{**every, "memory": memory._replace(embeddings=prefix)} for prefix in older]
        total = 0.0
        for part, weight, given in zip(parts, self.weights or [1.0] * len(parts), further, strict=True):
            total = total + weight * self.loss.call(y_true, part, **given)
        return ops.cast(total, floats.dtype)

    def _prefixes(self, embeddings: Tensor) -> list[Tensor]:
        embeddings = _inputs.precise(_inputs.embeddings_of(embeddings))
        if embeddings.shape[1] < self.dims[-1]:
            raise ValueError(
                f"Expected embeddings of at least {self.dims[-1]} numbers, the largest of `dims`. Received: "
                f"{embeddings.shape[1]}."
            )
        prefixes = [embeddings[:, :dim] for dim in self.dims]
        return [distances.COSINE.rows(prefix) for prefix in prefixes] if self.normalize else prefixes

    def _predictions(self, stacked: Tensor) -> list[Tensor]:
        sizes = len(self.dims)
        if len(stacked.shape) != 3 or stacked.shape[1] != sizes:
            raise ValueError(
                f"Expected `y_pred` to hold what {type(self.loss).__name__} takes for each of {sizes} sizes, "
                f"[batch, {sizes}, …]. Received: shape {tuple(stacked.shape)}. For a loss over classes give the "
                "CosineClassifier the same `dims`."
            )
        return [stacked[:, place] for place in range(sizes)]

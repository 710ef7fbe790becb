"""The class vectors that a model learns beside its embeddings, for losses over classes."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from semihard._core import checks
from semihard.backend import Tensor


@keras.saving.register_keras_serializable("semihard")
class CosineClassifier(keras.layers.Layer):
    """Cosines of embeddings [batch, dim] to the vector of each class: [batch, classes]; or [batch, sizes, classes].

    It owns the class vectors (also called proxies, or class centers) and trains them with the model, by `ArcFaceLoss`,
    `CosFaceLoss` or `ProxyAnchorLoss`. Neither its input nor its vectors need to be of unit length. After training it
    has done its work: search with the embedding model alone.

    With several centers a class, its cosine is the largest over them: with `ArcFaceLoss` this is Sub-center ArcFace,
    where samples with wrong labels gather round a center of their own.

    Cosines are computed and given in float32 (float64 if the layer's dtype is float64): half precision cannot tell
    small angles apart. A zero embedding has cosine 0 to everything, and gradient 0.

    Where there are so many classes that the cosines to all of them cost too much, call it with the numbers of some,
    `classifier(embeddings, among)`: [batch, len(among)]. `semihard.models.SampledClasses` trains so.

    Args:
        classes: how many, at least 2; labels are 0 to classes − 1 (`semihard.encode_labels`).
        centers: vectors a class.
        dims: sizes, ascending: the cosines of the first so many numbers of the embeddings to those of the class
            vectors, for `semihard.losses.MatryoshkaLoss`. By default those of all numbers alone.
        **kwargs: as in `keras.layers.Layer`.

    Raises:
        TypeError, ValueError: for numbers that are not whole or too small, or sizes that the embeddings do not have.

    Example:
        >>> import numpy as np
        >>> from semihard.losses import ArcFaceLoss
        >>> embed = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        >>> model = keras.Sequential([embed, CosineClassifier(classes=2)])
        >>> model.compile("adam", loss=ArcFaceLoss(margin=0.3, scale=16))
        >>> x, labels = np.eye(4, dtype="float32"), np.array([0, 0, 1, 1])
        >>> history = model.fit(x, labels, epochs=2, verbose=0)
        >>> embed.predict(x, verbose=0).shape  # for search and evaluation
        (4, 3)

    Source:
        Deng et al., "Sub-center ArcFace: Boosting Face Recognition by Large-Scale Noisy Web Faces", 2020, §3.2, for
        `centers`. One set of class vectors for all sizes: Kusupati et al., "Matryoshka Representation Learning", 2022,
        §3 (MRL-E).
    """

    def __init__(self, classes: int, centers: int = 1, *, dims: Sequence[int] | None = None, **kwargs: Any) -> None:
        # Keras would cast input and weights to half precision before they meet.
        super().__init__(autocast=False, **kwargs)
        self.classes = checks.whole_number("classes", classes, 2)
        self.centers = checks.whole_number("centers", centers, 1)
        self.dims = None if dims is None else tuple(checks.ascending("dims", dims))
        self.input_spec = keras.InputSpec(ndim=2)

    def build(self, input_shape: Any) -> None:
        dim = input_shape[-1]
        if self.dims is not None and self.dims[-1] > dim:
            raise ValueError(
                f"Expected embeddings of at least {self.dims[-1]} numbers, the largest of `dims`. Received: {dim}."
            )
        # Of length about 1, so that a step of an optimizer turns them as it turns embeddings.
        self.vectors = self.add_weight(
            name="vectors",
            shape=(self.classes * self.centers, dim),
            initializer=keras.initializers.RandomNormal(stddev=dim**-0.5),
            autocast=False,
        )

    def call(self, inputs: Tensor, among: Tensor | None = None) -> Tensor:
        vectors = self.vectors
        if among is not None:
            rows = among[:, None] * self.centers + ops.arange(self.centers, dtype=among.dtype)
            vectors = ops.take(vectors, ops.reshape(rows, (-1,)), axis=0)
        if self.dims is None:
            return self._cosines(inputs, vectors)
        return ops.stack([self._cosines(inputs[:, :dim], vectors[:, :dim]) for dim in self.dims], axis=1)

    def _cosines(self, inputs: Tensor, vectors: Tensor) -> Tensor:
        dtype = "float64" if self.compute_dtype == "float64" else "float32"
        embeddings, vectors = (_unit(ops.cast(x, dtype)) for x in (inputs, vectors))
        cosines = embeddings @ ops.transpose(vectors)  # `ops.matmul` turns float64 into float32 on PyTorch
        if self.centers == 1:
            return cosines
        classes = ops.shape(vectors)[0] // self.centers
        return ops.amax(ops.reshape(cosines, (-1, classes, self.centers)), axis=2)

    def compute_output_shape(self, inputs_shape: Any, among_shape: Any = None) -> tuple[Any, ...]:
        classes = self.classes if among_shape is None else among_shape[0]
        return (inputs_shape[0], *(() if self.dims is None else (len(self.dims),)), classes)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "classes": self.classes,
            "centers": self.centers,
            "dims": self.dims and list(self.dims),
        }


def _unit(rows: Tensor) -> Tensor:
    """Rows [n, dim] at length 1, zeros where they are zero."""
    squares = ops.sum(ops.square(rows), axis=1, keepdims=True)
    zero = squares == 0
    return ops.where(zero, ops.zeros_like(rows), rows * ops.rsqrt(ops.where(zero, ops.ones_like(squares), squares)))

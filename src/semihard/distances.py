"""Distances between the rows of a batch. Smaller is always nearer.

Each function takes embeddings [batch, dim] in float32 or float64 and returns [batch, batch] in the same dtype.
`get` finds them by the names that TensorFlow Addons gave them.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from keras import ops

from semihard import _checks

Tensor = Any
Distance = Callable[[Tensor], Tensor]


def _centre(embeddings: Tensor) -> Tensor:
    """Move the batch near the origin: distances stay, and the Gram matrix stops cancelling.

    A batch at an offset of 1e4 loses all its digits to |x|² + |y|² − 2xy. The shift is a multiple of the power of two
    at the batch's own spread, so that it is zero for a batch that surrounds the origin, and exact for one on a grid,
    whose ties must stay ties.
    """
    embeddings = ops.convert_to_tensor(embeddings)
    values = ops.stop_gradient(embeddings)
    mean = ops.mean(values, axis=0, keepdims=True)
    spread = ops.max(ops.abs(values - mean), axis=(0, 1))
    exponent = ops.floor(ops.log2(ops.where(spread > 0, spread, 1.0)))
    # Rounded after the power: a backend's 2**n may be a last bit away from the power of two.
    grid = ops.maximum(ops.power(ops.cast(2.0, values.dtype), exponent), ops.cast(1e-30, values.dtype))
    shift = ops.where(spread > 0, ops.round(mean / grid) * grid, mean)
    return embeddings - ops.where(ops.isfinite(shift), shift, ops.zeros_like(shift))


def _squared_of_gram(gram: Tensor) -> Tensor:
    norms = ops.diagonal(gram)
    squared = norms[:, None] + norms[None, :] - 2.0 * gram
    rows = ops.arange(ops.shape(gram)[0])
    # Not `maximum`: it may keep −0.0, and at a tie half of the gradient, where TensorFlow Addons has none.
    return ops.where((squared <= 0) | (rows[:, None] == rows[None, :]), ops.zeros_like(squared), squared)


def _euclidean_of_gram(gram: Tensor) -> Tensor:
    squared = _squared_of_gram(gram)
    apart = squared != 0  # true for NaN, which must come out as NaN
    # The inner `where` keeps the infinite slope of the root at 0 out of the gradient.
    return ops.where(apart, ops.sqrt(ops.where(apart, squared, ops.ones_like(squared))), ops.zeros_like(squared))


def _directions(embeddings: Tensor) -> Tensor:
    embeddings = ops.convert_to_tensor(embeddings)
    squares = ops.sum(ops.square(embeddings), axis=1, keepdims=True)
    short = squares <= 1e-12
    scale = ops.rsqrt(ops.where(short, ops.ones_like(squares), squares))
    return ops.where(short, ops.stop_gradient(embeddings) * 1e6, embeddings * scale)


def _cosine_of_gram(gram: Tensor) -> Tensor:
    distances = 1.0 - gram
    return ops.where(distances <= 0, ops.zeros_like(distances), distances)


def _inverse(distances: Tensor) -> Tensor:
    apart = distances != 0
    return ops.where(apart, 1.0 / ops.where(apart, distances, ops.ones_like(distances)), ops.zeros_like(distances))


@dataclasses.dataclass(frozen=True)
class Metric:
    """A distance that is a function of the Gram matrix of some rows, which gives it a cheap gradient.

    Attributes:
        rows: embeddings [batch, dim] → rows [batch, dim] whose products it needs (centred, or of unit length).
        of_gram: Gram matrix of the rows [batch, batch] → distances [batch, batch].
        slope: distances → the factor f with ∂d(i, j)/∂row i = f · (row i − row j), or −f · row j.
        of_differences: which of the two.
    """

    rows: Callable[[Tensor], Tensor]
    of_gram: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    of_differences: bool

    def __call__(self, embeddings: Tensor) -> Tensor:
        rows = self.rows(embeddings)
        return self.of_gram(ops.matmul(rows, ops.transpose(rows)))

    def gradient(self, rows: Tensor, weights: Tensor) -> Tensor:
        """Gradient by the rows of Σ w(i, j) · d(i, j), from `weights` = w · slope(d): one matrix product."""
        both = weights + ops.transpose(weights)
        pull = ops.matmul(both, rows)
        return ops.sum(both, axis=1, keepdims=True) * rows - pull if self.of_differences else -pull


EUCLIDEAN = Metric(_centre, _euclidean_of_gram, _inverse, True)
SQUARED_EUCLIDEAN = Metric(_centre, _squared_of_gram, lambda d: 2.0 * ops.ones_like(d), True)
COSINE = Metric(_directions, _cosine_of_gram, lambda d: ops.where(d > 0, ops.ones_like(d), ops.zeros_like(d)), False)


def squared_euclidean(embeddings: Tensor) -> Tensor:
    """|x − y|² for every pair of rows; exactly 0 on the diagonal and never negative.

    Example:
        >>> import numpy as np
        >>> print(np.asarray(squared_euclidean(np.array([[0.0, 3.0], [4.0, 0.0]], "float32"))))
        [[ 0. 25.]
         [25.  0.]]
    """
    return SQUARED_EUCLIDEAN(embeddings)


def euclidean(embeddings: Tensor) -> Tensor:
    """|x − y| for every pair of rows. Its gradient is 0, not infinite, where the distance is 0.

    Example:
        >>> import numpy as np
        >>> print(np.asarray(euclidean(np.array([[0.0, 3.0], [4.0, 0.0]], "float32"))))
        [[0. 5.]
         [5. 0.]]
    """
    return EUCLIDEAN(embeddings)


def cosine(embeddings: Tensor) -> Tensor:
    """1 − cos(x, y) for every pair of rows, at least 0; a zero vector is at distance 1 from everything.

    A vector shorter than 1e-6 has no usable direction: it is scaled as TensorFlow Addons scales it, and gets
    gradient 0, where TensorFlow Addons multiplies its gradient by 1e6.

    Example:
        >>> import numpy as np
        >>> print(np.asarray(cosine(np.array([[1.0, 0.0], [0.0, 2.0]], "float32"))))
        [[0. 1.]
         [1. 0.]]
    """
    return COSINE(embeddings)


NAMES: dict[str, Metric] = {"L2": EUCLIDEAN, "squared-L2": SQUARED_EUCLIDEAN, "angular": COSINE}


def get(distance_metric: str | Distance) -> Distance:
    """The distance function of a name ("L2", "squared-L2", "angular"); a callable is returned as it is.

    Raises:
        ValueError: for another name.
    """
    if callable(distance_metric):
        return distance_metric
    if distance_metric not in NAMES:
        raise ValueError(
            "Expected `distance_metric` to be one of 'L2', 'squared-L2', 'angular', or a callable that maps embeddings "
            f"[batch, dim] to distances [batch, batch]. Received: distance_metric={distance_metric!r}."
        )
    return NAMES[_checks.one_of("distance_metric", distance_metric, NAMES)]

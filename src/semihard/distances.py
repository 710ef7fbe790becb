"""Distances between the rows of a batch. Smaller is always nearer.

Each function takes embeddings [batch, dim] in float32 or float64 and returns [batch, batch] in the same dtype; or, told
how many of the first rows are anchors, [anchors, batch]. `get` finds them by the names TensorFlow Addons gave them.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from semihard import backend
from semihard.backend import Tensor, ops

__all__ = ["cosine", "cosine_similarity", "euclidean", "function", "get", "squared_euclidean"]

Distance = Callable[..., Tensor]


def _centre(embeddings: Tensor) -> Tensor:
    """Move the batch near the origin: distances stay, and the Gram matrix stops cancelling.

    A batch at an offset of 1e4 loses all its digits to |x|² + |y|² − 2xy. The shift is a multiple of the power of two
    at the batch's own spread, so that it is zero for a batch that surrounds the origin, and exact for one on a grid,
    whose ties must stay ties.
    """
    embeddings = ops.convert_to_tensor(embeddings)
    values = ops.stop_gradient(embeddings)
    host = backend.on_host(values)
    if host is not None and host.dtype != np.float16:
        shift = _shift_on_host(host)
        return embeddings if shift is None else embeddings - backend.off_host(shift)
    mean = ops.mean(values, axis=0, keepdims=True)
    # The bound keeps mean / grid finite where all rows are equal. `amax`: `torch.compile(fullgraph=True)` stumbles over
    # Keras's `max`.
    spread = ops.maximum(ops.amax(ops.abs(values - mean)), 1e-20)
    # Rounded after the power: a backend's 2**n may be a last bit away from the power of two.
    grid = ops.power(ops.cast(2.0, values.dtype), ops.floor(ops.log2(spread)))
    return embeddings - ops.round(mean / grid) * grid


def centred_on_host(rows: np.ndarray) -> np.ndarray:
    """Rows of a metric `of_differences`, moved near the origin; the same array where they are there."""
    shift = _shift_on_host(rows)
    return rows if shift is None else rows - shift


def _shift_on_host(values: np.ndarray) -> np.ndarray | None:
    """What `_centre` subtracts; None for nothing."""
    if not values.size:
        return None
    with np.errstate(all="ignore"):  # what is not finite, or overflows, makes the distances NaN, as it should
        mean = np.add.reduce(values, axis=0, keepdims=True) / values.dtype.type(len(values))
        off = values - mean
        spread = max(float(off.max()), -float(off.min()), 1e-20)
        grid = values.dtype.type(math.ldexp(0.5, math.frexp(spread)[1])) if math.isfinite(spread) else np.nan
        shift = np.round(mean / grid) * grid
    return shift if shift.any() else None


def _at_least_0(x: Tensor) -> Tensor:
    ops = backend.array_namespace(x)
    # `ops.maximum` turns float64 into float32 on PyTorch; the `where` keeps NaN, and makes 0.0 of −0.0.
    return ops.where(x <= 0, ops.zeros_like(x), x) if "float64" in str(x.dtype) else ops.maximum(x, 0.0)


def _squared_of_products(products: Tensor, anchor_norms: Tensor, norms: Tensor) -> Tensor:
    return _at_least_0(anchor_norms[:, None] + norms[None, :] - 2.0 * products)


def _euclidean_of_products(products: Tensor, anchor_norms: Tensor, norms: Tensor) -> Tensor:
    return backend.array_namespace(products).sqrt(_squared_of_products(products, anchor_norms, norms))


def _directions(embeddings: Tensor) -> Tensor:
    embeddings = ops.convert_to_tensor(embeddings)
    squares = ops.sum(ops.square(embeddings), axis=1, keepdims=True)
    short = squares <= 1e-12
    scale = ops.rsqrt(ops.where(short, ops.ones_like(squares), squares))
    return ops.where(short, ops.stop_gradient(embeddings) * 1e6, embeddings * scale)


def _cosine_of_products(products: Tensor, anchor_norms: Tensor, norms: Tensor) -> Tensor:
    return _at_least_0(1.0 - products)


@dataclasses.dataclass(frozen=True)
class Metric:
    """A distance that is a function of the products of some rows, which gives it a cheap gradient.

    All but `rows` take tensors or NumPy arrays.

    Attributes:
        rows: embeddings [batch, dim] → rows [batch, dim] whose products it needs (centred, or of unit length).
        of_products: products of anchors and references [anchors, references], and the products of each anchor [anchors]
            and of each reference [references] with itself → distances [anchors, references], at least 0 and never −0.0.
        scaled: (w, distances) → w · f, where ∂d(i, j)/∂row i = f · (row i − row j), or −f · row j. 0 at distance 0.
        of_differences: which of the two.
    """

    rows: Callable[[Tensor], Tensor]
    of_products: Callable[[Tensor, Tensor, Tensor], Tensor]
    scaled: Callable[[Tensor, Tensor], Tensor]
    of_differences: bool

    def gradient(self, rows: Tensor, total: Tensor, pull: Tensor) -> Tensor:
        """Gradient by the rows of Σ w(i, j) · d(i, j).

        Args:
            rows: [batch, dim].
            total: [batch], Σ over j of v(i, j) + v(j, i), where v = w · f.
            pull: [batch, dim], the same sum of v · row j.
        """
        return total[:, None] * rows - pull if self.of_differences else -pull


def _over(weights: Tensor, distances: Tensor) -> Tensor:
    ops = backend.array_namespace(distances)
    return weights / ops.where(distances == 0, ops.cast(np.inf, distances.dtype), distances)


def _where_positive(weights: Tensor, distances: Tensor) -> Tensor:
    ops = backend.array_namespace(distances)
    return ops.where(distances > 0, weights, ops.zeros_like(weights))


EUCLIDEAN = Metric(_centre, _euclidean_of_products, _over, True)
SQUARED_EUCLIDEAN = Metric(_centre, _squared_of_products, lambda weights, _: 2.0 * weights, True)
COSINE = Metric(_directions, _cosine_of_products, _where_positive, False)


def _of_all_pairs(metric: Metric, embeddings: Tensor, anchors: Any = None) -> Tensor:
    rows = metric.rows(embeddings)
    own = rows[:anchors]
    products = own @ ops.transpose(rows)  # `ops.matmul` turns float64 into float32 on PyTorch
    if anchors is not None:
        # Not `norms[:anchors]`: compiled on JAX, its gradient crashes the process from some 4,000 rows of up to 64
        # numbers on (jaxlib 0.10.2 on CPUs, a "ynn_fusion").
        norms = ops.sum(ops.square(rows), axis=1)
        return metric.of_products(products, ops.sum(ops.square(own), axis=1), norms)
    # Not `ops.diagonal`, whose gradient PyTorch's compiler 2.13 gets wrong.
    norms = backend.take_along_rows(products, ops.arange(ops.shape(rows)[0], dtype="int32")[:, None])[:, 0]
    return metric.of_products(products, norms, norms)


def squared_euclidean(embeddings: Tensor, anchors: Any = None) -> Tensor:
    """|x − y|² for every pair of rows, never negative; exactly 0 on the diagonal of all pairs.

    Example:
        >>> import numpy as np
        >>> print(np.asarray(squared_euclidean(np.array([[0.0, 3.0], [4.0, 0.0]], "float32"))))
        [[ 0. 25.]
         [25.  0.]]
    """
    return _of_all_pairs(SQUARED_EUCLIDEAN, embeddings, anchors)


def euclidean(embeddings: Tensor, anchors: Any = None) -> Tensor:
    """|x − y| for every pair of rows. Its gradient is 0, not infinite, where the distance is 0.

    Example:
        >>> import numpy as np
        >>> print(np.asarray(euclidean(np.array([[0.0, 3.0], [4.0, 0.0]], "float32"))))
        [[0. 5.]
         [5. 0.]]
    """
    squared = squared_euclidean(embeddings, anchors)
    apart = squared != 0  # true for NaN, which must come out as NaN
    # The inner `where` keeps the infinite slope of the root at 0 out of the gradient.
    return ops.where(apart, ops.sqrt(ops.where(apart, squared, ops.ones_like(squared))), ops.zeros_like(squared))


def cosine(embeddings: Tensor, anchors: Any = None) -> Tensor:
    """1 − cos(x, y) for every pair of rows, at least 0; a zero vector is at distance 1 from everything.

    A vector shorter than 1e-6 has no usable direction: it is scaled as TensorFlow Addons scales it, and gets
    gradient 0, where TensorFlow Addons multiplies its gradient by 1e6.

    Example:
        >>> import numpy as np
        >>> print(np.asarray(cosine(np.array([[1.0, 0.0], [0.0, 2.0]], "float32"))))
        [[0. 1.]
         [1. 0.]]
    """
    return _of_all_pairs(COSINE, embeddings, anchors)


def cosine_similarity(embeddings: Tensor, anchors: Any = None) -> Tensor:
    """cos(x, y) for every pair of rows, as in `cosine` but not cut off at 1, which rounding may exceed.

    Example:
        >>> import numpy as np
        >>> print(np.asarray(cosine_similarity(np.array([[1.0, 0.0], [0.0, 2.0]], "float32"))))
        [[1. 0.]
         [0. 1.]]
    """
    rows = COSINE.rows(embeddings)
    return rows[:anchors] @ ops.transpose(rows)


def of_anchors(compare: Distance, embeddings: Tensor, anchors: Any) -> Tensor:
    """What `compare` says of the first rows as anchors, [anchors, batch]; of all rows if `anchors` is None.

    A function of the user's own knows all pairs only, of which the rows of the anchors are kept.
    """
    if compare in (*FUNCTIONS.values(), cosine_similarity):
        return compare(embeddings, anchors)
    return compare(embeddings)[:anchors]


NAMES: dict[str, Metric] = {"L2": EUCLIDEAN, "squared-L2": SQUARED_EUCLIDEAN, "angular": COSINE}

FUNCTIONS: dict[str, Distance] = {"L2": euclidean, "squared-L2": squared_euclidean, "angular": cosine}


def get(distance_metric: str | Distance) -> Metric | Distance:
    """The metric of a name ("L2", "squared-L2", "angular"); a callable is returned as it is.

    Raises:
        ValueError: for another name.
    """
    if callable(distance_metric):
        return distance_metric
    if not isinstance(distance_metric, str) or distance_metric not in NAMES:
        raise ValueError(
            "Expected `distance_metric` to be one of 'L2', 'squared-L2', 'angular', or a callable that maps embeddings "
            f"[batch, dim] to distances [batch, batch]. Received: distance_metric={distance_metric!r}."
        )
    return NAMES[distance_metric]


def function(distance_metric: str | Distance) -> Distance:
    """As `get`, but for a name the function of embeddings [batch, dim] that makes all distances [batch, batch]."""
    get(distance_metric)  # which says what is wrong with an unknown name
    return distance_metric if callable(distance_metric) else FUNCTIONS[distance_metric]

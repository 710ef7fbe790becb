"""What a loss accepts as predictions and options, and what it says to anything else."""

from typing import Any

import numpy as np

from semihard import backend
from semihard._core.arrays import as_numpy, is_array
from semihard._inputs.order import check_order
from semihard.backend import Tensor, ops


def embeddings_of(y_pred: Any, y_true: Any = None) -> Tensor:
    """`y_pred` as a float tensor [batch, dim].

    Raises:
        ValueError: for another rank.
        TypeError: for another dtype, or if `y_pred` and the labels `y_true` came in each other's place.
    """
    embeddings = floats_of(y_pred, y_true)
    if len(embeddings.shape) != 2:
        raise ValueError(
            f"Expected `y_pred` to be embeddings of shape [batch, dim]. Received: shape {tuple(embeddings.shape)}. "
            "Flatten each sample's embedding to one vector."
        )
    return embeddings


def floats_of(y_pred: Any, y_true: Any = None) -> Tensor:
    """`y_pred` as a tensor; raises `TypeError` unless it is floating point, or if labels came in its place."""
    if y_true is not None:
        check_order(y_true, y_pred)
    foreign = is_array(y_pred) and not backend.is_tensor(y_pred)
    values = ops.convert_to_tensor(as_numpy("y_pred", y_pred) if foreign else y_pred)
    if "float" not in str(values.dtype):
        raise TypeError(f"Expected `y_pred` to be floating point. Received: dtype {values.dtype}.")
    return values


def similarities_of(y_pred: Any, y_true: Any = None) -> Tensor:
    """`y_pred` as a float tensor [batch, batch].

    Raises:
        ValueError: for another shape.
        TypeError: for another dtype, or if `y_pred` and the labels `y_true` came in each other's place.
    """
    matrix = floats_of(y_pred, y_true)
    shape = tuple(matrix.shape)
    if len(shape) != 2 or (all(isinstance(size, int) for size in shape) and shape[0] != shape[1]):
        raise ValueError(
            f"Expected `y_pred` to be similarities of shape [batch, batch]. Received: shape {shape}. "
            "For two matrices of embeddings [batch, dim] pass their product `a @ b.T`."
        )
    return matrix


def precise(x: Tensor) -> Tensor:
    """Floats in the dtype to compute in: float64 stays, everything else becomes float32."""
    return x if "float64" in str(x.dtype) else ops.cast(x, "float32")


def nan_guard(x: Tensor) -> Tensor:
    """0, or NaN if a value of `x` [batch, dim] is NaN or infinite, or so large that distances between rows overflow.

    Its gradient is NaN in the rows that are to blame. Added to a loss, since no choice of pairs may hide them: a mask
    or a hinge would. Four times the square of a length bounds the squared distance of two rows.
    """
    host = backend.on_host(x)
    if host is not None and are_finite(host):
        return 0.0
    # A factor, so that the gradient of such a row is NaN, too: that of a sum of squares would be 0 · x.
    factor = ops.stop_gradient(4.0 * ops.sum(ops.square(x), axis=1, keepdims=True) * 0.0)
    return ops.sum(x * factor)


def are_finite(x: np.ndarray) -> bool:
    """Whether `nan_guard` gives 0 for these values [batch, dim]."""
    flat = x.reshape(-1)
    with np.errstate(all="ignore"):
        # Their sum bounds each square of a length, in one call; where that says too little, the rows do.
        if 8.0 * float(flat @ flat) <= np.finfo(x.dtype).max:
            return True
        return bool(np.isfinite(4.0 * np.einsum("ij,ij->i", x, x)).all())


def one_each(name: str, x: Tensor) -> Tensor:
    """A tensor [batch] or [batch, 1] as [batch]; raises `ValueError` for another shape."""
    shape = tuple(x.shape)
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
        raise ValueError(f"Expected `{name}` to be of shape [batch] or [batch, 1]. Received: shape {shape}.")
    return ops.reshape(x, (-1,))

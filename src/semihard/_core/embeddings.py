"""What counts as a set of embeddings, and the wording of errors about it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.arrays import as_numpy

# Squared distances of larger values could overflow float64.
LARGEST = 1e150


def embedding_array(name: str, value: Any) -> NDArray[Any]:
    """Embeddings of any kind as an array of real numbers [n, dim]; integers become float64.

    Args:
        name: what to call them in an error.
        value: [n, dim]: a NumPy array, a tensor of PyTorch (with gradient too), TensorFlow or JAX, a pandas frame, or a
            list of vectors of any of these kinds.

    Raises:
        TypeError: for anything but real numbers, or a tensor without values.
        ValueError: for another shape, no row or no column, or missing numbers.

    Example:
        >>> embedding_array("embeddings", [[1, 2], [3, 4]]).tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    array = as_numpy(name, value)
    if array.dtype == object:  # a pandas frame of nullable or mixed columns
        array = _of_objects(name, array)
    if array.dtype.kind in "iub":  # unsigned integers would wrap on subtraction
        array = array.astype(np.float64)
    labels = " If these are labels, they came in the place of the embeddings." if array.ndim == 1 else ""
    if array.dtype.kind != "f":
        raise TypeError(
            f"Expected `{name}` to hold real numbers. Received: dtype {array.dtype}. Cast them to float32.{labels}"
        )
    if array.ndim != 2:
        raise ValueError(
            f"Expected `{name}` to be [n, dim], one embedding a row. Received: shape {array.shape}. "
            f"Flatten or stack the embeddings to two dimensions.{labels}"
        )
    if 0 in array.shape:
        raise ValueError(f"Expected `{name}` to hold at least one row and one column. Received: shape {array.shape}.")
    return array


def checked_embeddings(name: str, value: Any) -> NDArray[Any]:
    """`embedding_array`, whose numbers are finite and small enough for squared distances; raises `ValueError`."""
    array = embedding_array(name, value)
    check_finite(name, array)
    return array


def check_finite(name: str, rows: NDArray[Any], start: int = 0) -> None:
    """Raise `ValueError` for NaN, infinity or a value too large to be squared; `start` is the first row's number."""
    # Minimum and maximum carry NaN and infinity along, without the n × dim mask of `isfinite`.
    lowest, highest = float(rows.min()), float(rows.max())
    if not (lowest > -LARGEST and highest < LARGEST):
        bad = int(np.flatnonzero(~(np.abs(rows.astype(np.float64)) < LARGEST).all(axis=1))[0])
        raise ValueError(
            f"Expected `{name}` to hold finite numbers. Received: NaN, infinity or a value beyond ±{LARGEST:g}, "
            f"first in row {start + bad}. Look for a diverged model or an unscaled input."
        )


def unit_vectors(name: str, embeddings: NDArray[Any]) -> NDArray[np.float64]:
    """Embeddings from `checked_embeddings` [n, dim], each divided by its length; raises `ValueError` for a zero vector.

    Example:
        >>> unit_vectors("embeddings", np.array([[3.0, 4.0], [0.0, 1e-200]])).tolist()
        [[0.6, 0.8], [0.0, 1.0]]
    """
    array = embeddings.astype(np.float64)
    # By the largest entry first, whose square may overflow or vanish.
    largest = np.abs(array).max(axis=1, keepdims=True)
    if not largest.all():
        raise ValueError(
            f"Expected `{name}` without zero vectors, which have no direction to compare. Received one in row "
            f"{int(np.flatnonzero(largest == 0)[0])}. Drop it."
        )
    array /= largest
    found: NDArray[np.float64] = array / np.linalg.norm(array, axis=1, keepdims=True)
    return found


def _of_objects(name: str, array: NDArray[Any]) -> NDArray[Any]:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Expected `{name}` to hold real numbers in every place. Received: {error}. Drop columns of text, and fill "
            "in or drop missing values."
        ) from error

"""What all that take embeddings ask of them: a matrix of real, finite numbers."""

from typing import Any

import numpy as np


def check_vectors(vectors: Any) -> np.ndarray[Any, Any]:
    """Return [n, dim] as an array of the dtype it came in; raise `TypeError` or `ValueError` for anything else."""
    array = np.asarray(vectors)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(
            f"Expected `vectors` of shape [n, dim] with at least one row and column. Received: shape {array.shape}. "
            "Reshape them to one row a sample."
        )
    real = array.dtype.kind in "fiub" or "float" in array.dtype.name
    if not real:
        raise TypeError(f"Expected `vectors` of real numbers. Received: dtype {array.dtype}. Convert them to float32.")
    return array


def check_finite(rows: np.ndarray[Any, Any], start: int = 0) -> None:
    """Raise `ValueError` if a value is NaN or infinite; `start` is the number of the first of these rows."""
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"Expected `vectors` to be finite. Received: NaN or infinity in row {start + int(np.argmin(finite))}. "
            "Look for a training that diverged, or leave such rows out."
        )

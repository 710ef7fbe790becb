"""What counts as a set of embeddings, and the wording of errors about it."""

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Squared distances of larger values could overflow float64.
LARGEST = 1e150


def checked_embeddings(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as a real array [n, dim] in its own dtype; raise `TypeError` or `ValueError` otherwise."""
    array = np.asarray(value)
    if array.dtype.kind == "V" or array.dtype.kind in "iub":
        # ml_dtypes such as bfloat16 are kind "V"; unsigned integers would wrap on subtraction.
        with suppress(TypeError, ValueError):
            array = array.astype(np.float64)
    if array.dtype.kind != "f":
        raise TypeError(f"Expected `{name}` to hold real numbers. Received dtype {array.dtype}.")
    if array.ndim != 2:
        raise ValueError(
            f"Expected `{name}` to be [n, dim], one embedding a row. Received shape {array.shape}. "
            f"Flatten or stack the embeddings to two dimensions."
        )
    if 0 in array.shape:
        raise ValueError(f"Expected `{name}` to hold at least one embedding and one dimension. Received {array.shape}.")
    # Minimum and maximum carry NaN and infinity along, without the n × dim mask of `isfinite`.
    lowest, highest = float(array.min()), float(array.max())
    if not (lowest > -LARGEST and highest < LARGEST):
        bad = int(np.flatnonzero(~(np.abs(array.astype(np.float64)) < LARGEST).all(axis=1))[0])
        raise ValueError(
            f"Expected `{name}` to hold finite numbers. Received NaN, infinity or a value beyond ±{LARGEST:g}, "
            f"first in row {bad}. Look for a diverged model or an unscaled input."
        )
    return array

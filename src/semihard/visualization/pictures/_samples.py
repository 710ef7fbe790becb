"""What the pictures take as samples, checked and ready to draw."""

from typing import Any

import numpy as np

from semihard._core.labels import label_array


def checked_labels(labels: Any, count: int) -> np.ndarray[Any, Any]:
    """Return `labels` as an array [count]; raise `ValueError` unless there is one for each sample."""
    return label_array("labels", labels, count)


def checked_points(points: Any) -> np.ndarray[Any, Any]:
    """Return `points` as float64 [n, 2]; raise `ValueError` for another shape, none, or one that is not finite."""
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"Expected `points` of shape [n, 2]. Received: shape {points.shape}. See `reduce`.")
    if not np.isfinite(points).all():
        raise ValueError("Expected `points` to be finite. Received: NaN or infinity. Leave such points out.")
    return points


def checked_positions(name: str, positions: Any, count: int) -> np.ndarray[Any, Any]:
    """Return `positions` as an array; raise `ValueError` unless they are some whole numbers from 0 to `count` − 1."""
    array = np.asarray(positions)
    if array.ndim != 1 or array.dtype.kind not in "iu" or not len(array):
        raise ValueError(f"Expected `{name}` to be a number or a list of positions. Received: {positions!r}.")
    outside = (array < 0) | (array >= count)
    if outside.any():
        raise ValueError(f"Expected `{name}` to be positions from 0 to {count - 1}. Received: {array[outside][0]}.")
    return array


def short_number(value: float) -> str:
    """Return a number with three significant digits, trailing zeros too, so that columns of them line up."""
    return f"{value:#.3g}".rstrip(".")

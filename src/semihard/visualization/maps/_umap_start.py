"""A map of an earlier run in the square in which UMAP starts, and the way back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# umap-learn stretches each axis of a start to 0 … 10, whatever its range was.
_SIDE = 10.0


def into_square(start: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float64], float]:
    """Turn a map so that its two axes have the same range: UMAP's stretching then keeps its shape.

    Such an angle is below 90°, since there the ranges have changed places.

    Args:
        start: [n, 2], a map, not all of whose points are one.

    Returns:
        The turned map [n, 2], the matrix [2, 2] that turned it, and the factor by which UMAP will stretch it.
    """
    angles = np.linspace(0, np.pi / 2, 181)
    turns = np.stack([[np.cos(angles), -np.sin(angles)], [np.sin(angles), np.cos(angles)]]).transpose(2, 0, 1)
    ranges = np.array([np.ptp(start @ turn, axis=0) for turn in turns])
    best = int(np.abs(ranges[:, 0] - ranges[:, 1]).argmin())
    return (start @ turns[best]).astype(np.float32), turns[best], _SIDE / float(ranges[best].max())

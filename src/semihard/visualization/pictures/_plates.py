"""Where names go on a map: near what they name, within the picture, and never over each other."""

from typing import Any

import numpy as np

# Places that are tried around where a name belongs, in widths of a step.
_RINGS = 20


def place_plates(
    wanted: np.ndarray[Any, Any], sizes: np.ndarray[Any, Any], area: tuple[float, float, float, float], reach: float
) -> np.ndarray[Any, Any]:
    """Return the middle of each plate [n, 2]; NaN for one that has no room within `reach` of where it belongs.

    One after another, each takes the free place next to where it belongs: the first ones get the best places.

    Args:
        wanted: [n, 2], where the middles belong.
        sizes: [n, 2], width and height of each, in the units of `wanted`.
        area: left, bottom, right, top: no plate reaches beyond.
        reach: how far a plate may be from where it belongs.

    Example:
        >>> place_plates(np.array([[5.0, 5.0], [5.0, 5.0]]), np.full((2, 2), [4.0, 1.0]), (0, 0, 10, 10), 5).tolist()
        [[5.0, 5.0], [5.0, 4.0]]
    """
    middles = np.full(wanted.shape, np.nan)
    if not len(wanted):
        return middles
    step = reach / _RINGS
    around = step * np.stack(np.meshgrid(*[np.arange(-_RINGS, _RINGS + 1)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    low, high = np.array(area[:2]), np.array(area[2:])
    for i, (place, size) in enumerate(zip(wanted, sizes, strict=True)):
        if (size > high - low).any():
            continue
        # Just above and below the others there is room that no even step would find.
        done = ~np.isnan(middles[:, 0])
        heights = middles[done, 1, None] + (sizes[done, 1, None] + size[1]) / 2 * [-1, 1]
        beside = np.stack([np.full(heights.size, place[0]), heights.reshape(-1)], axis=1)
        tried = np.clip(np.concatenate([place + around, beside]), low + size / 2, high - size / 2)
        distances = np.linalg.norm(tried - place, axis=1)
        free = distances <= reach + np.linalg.norm(np.clip(place, low + size / 2, high - size / 2) - place)
        for middle, other in zip(middles[done], sizes[done], strict=True):
            # A little less than touching, for what rounding does.
            free &= (np.abs(tried - middle) >= (size + other) / 2 * (1 - 1e-9)).any(axis=1)
        if free.any():
            middles[i] = tried[np.where(free, distances, np.inf).argmin()]
    return middles

"""A threshold from elsewhere, as a Euclidean distance."""

import math
from typing import Any

from semihard._core.checks import one_of

METRICS = ("euclidean", "squared_euclidean", "cosine_similarity", "cosine_distance")


def distance_of(threshold: Any, metric: str) -> tuple[float, bool]:
    """Return the Euclidean distance that a threshold means, and whether it is one of directions.

    For unit vectors, |a − b|² = 2 − 2 cos.

    Raises:
        TypeError, ValueError: for a threshold that is no finite number, or that no pair, or every pair, reaches.

    Example:
        >>> distance_of(0.5, "cosine_similarity"), distance_of(4, "squared_euclidean")
        ((1.0, True), (2.0, False))
    """
    one_of("metric", metric, METRICS)
    if isinstance(threshold, bool) or not hasattr(threshold, "__float__"):
        raise TypeError(f"Expected `threshold` to be a number. Received: {threshold!r} ({type(threshold).__name__}).")
    value, cosine = float(threshold), metric.startswith("cosine")
    low, high = (-1.0, 1.0) if metric == "cosine_similarity" else (0.0, 2.0 if cosine else math.inf)
    if not low < value < high:
        raise ValueError(
            f"Expected `threshold` to lie between {low:g} and {high:g}, both excluded, as a {metric}. Received: "
            f"{value}. Name what it is one of with `metric`: {', '.join(METRICS)}."
        )
    if cosine:
        return math.sqrt(2.0 - 2.0 * value if metric == "cosine_similarity" else 2.0 * value), True
    return math.sqrt(value) if metric == "squared_euclidean" else value, False

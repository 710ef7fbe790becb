"""What a search in a gallery found."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.text import one_line

# Lines of a printed table.
MOST_LINES = 20


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The nearest items of each query, nearest first; `print` it. Ties stand in the order of the gallery.

    Attributes:
        ids: object [queries, k], of the items. Here k is no more than the gallery has items.
        labels: object [queries, k]; None for an item without one.
        distances: float64 [queries, k], in the gallery's metric, ascending.
        items: int64 [queries, k], places in a `Gallery`, for its `metadata`; of others numbers in their order.
        metric: "euclidean" or "cosine_distance".
        threshold: of the gallery, or None.
    """

    ids: NDArray[np.object_]
    labels: NDArray[np.object_]
    distances: NDArray[np.float64]
    items: NDArray[np.int64]
    metric: str
    threshold: float | None

    @property
    def within(self) -> NDArray[np.bool_]:
        """Bool [queries, k]: whether an item is within the threshold; all are where there is none."""
        return np.full(self.distances.shape, True) if self.threshold is None else self.distances <= self.threshold

    def to_dict(self) -> dict[str, Any]:
        """Return everything as lists and numbers that JSON can hold; of each query a list."""
        return {
            "metric": self.metric,
            "threshold": self.threshold,
            "ids": self.ids.tolist(),
            "labels": self.labels.tolist(),
            "distances": self.distances.tolist(),
            "within": self.within.tolist(),
        }

    def __str__(self) -> str:
        queries, width = self.distances.shape
        if not self.distances.size:
            return f"{queries:,} queries, and nothing in the gallery"
        within = self.within
        rows = [("query", "rank", self.metric, "id", "label")]
        for place in range(min(queries * width, MOST_LINES)):
            at = divmod(place, width)
            label = "" if self.labels[at] is None else one_line(self.labels[at], 40)
            far = "" if within[at] else "  beyond the threshold"
            rows.append(
                (str(at[0]), str(at[1] + 1), f"{self.distances[at]:.4f}", one_line(self.ids[at], 40), label + far)
            )
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]
        left = queries * width - MOST_LINES
        return "\n".join([*lines, *([f"… and {left:,} more"] if left > 0 else [])])

"""Triplets that mining chose, with their distances and what the loss pays for them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core import checks
from semihard._core.canvas import FAINT, INK
from semihard._core.images import checked_images
from semihard.visualization.pictures._samples import checked_labels, checked_positions, short_number
from semihard.visualization.pictures._strip import NEUTRAL, RIGHT, SIDE, WRONG, Strip

# Inches: the width of the scale of distances, and what it keeps free at its left and right.
_SCALE = 3.6
_BEFORE, _AFTER = 0.35, 0.3
_PAID = "#f6c9b3"


def plot_triplets(
    images: Any,
    labels: Any,
    triplets: Any,
    path: str | os.PathLike[str],
    *,
    rows: int | Sequence[int] | np.ndarray[Any, Any] = 6,
    title: str | None = None,
) -> Path:
    """Draw triplets of a batch, a row each: anchor, positive, negative, and their distances on a common scale.

    What a triplet pays is the bar from the negative's distance up to the positive's plus the margin. A negative that
    stands in because none is farther than the positive (and so lies left of it) is called a fallback.

    Args:
        images: of the batch: [batch, height, width], or [batch, height, width, 1, 3 or 4]. Integers from 0 to 255, or
            floats from 0 to 1.
        labels: [batch] or [batch, 1], integers or strings.
        triplets: what `semihard.mining.semi_hard_triplets` says of the batch.
        path: where to write; PNG or SVG by its suffix.
        rows: positions of triplets; or how many, and they are chosen evenly along the order of what triplets pay, from
            the most to the least. Fallbacks pay at least the margin, so they come first.
        title: a line above the picture.

    Returns:
        `path`.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError, ValueError: shapes or lengths that do not fit, no triplets, positions that do not exist, or a suffix
            other than .png or .svg.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> from semihard.mining import semi_hard_triplets
        >>> labels, embeddings = [0, 0, 1, 1], np.array([[0.0], [1.0], [1.5], [4.0]], "float32")
        >>> triplets = semi_hard_triplets(labels, embeddings)
        >>> plot_triplets(np.zeros((4, 8, 8)), labels, triplets, tempfile.mkdtemp() + "/triplets.png").name
        'triplets.png'
    """
    images = checked_images(images)
    labels = checked_labels(labels, len(images))
    anchor, positive, negative, fallback, near, far, cost = (np.asarray(part) for part in triplets)
    if not len(anchor):
        raise ValueError("Expected `triplets` of at least one positive pair. Received: none. Take a larger batch.")
    last = max(anchor.max(), positive.max(), negative.max())
    if last >= len(images):
        raise ValueError(f"Expected the `triplets` of these {len(images)} images. Received: a triplet with row {last}.")
    if np.ndim(rows) == 0:
        count = min(checks.whole_number("rows", rows, 1), len(cost))
        places = np.linspace(0, len(cost) - 1, count).round().astype(np.int64)
        chosen = np.argsort(-cost, kind="stable")[places]
    else:
        chosen = checked_positions("rows", rows, len(cost))

    strip = Strip(images, len(chosen), 3, apart=0, right=_BEFORE + _SCALE + _AFTER, title=title)
    for column, text in enumerate(("anchor", "positive", "negative")):
        strip.head(column, text)
    scale = _Scale(strip, float(max((far + cost)[chosen].max(), near[chosen].max())))
    for row, i in enumerate(chosen):
        strip.sample(row, 0, anchor[i], NEUTRAL, "", labels[anchor[i]])
        strip.sample(row, 1, positive[i], RIGHT, short_number(near[i]), labels[positive[i]])
        strip.sample(row, 2, negative[i], WRONG, short_number(far[i]), labels[negative[i]])
        scale.triplet(row, float(near[i]), float(far[i]), float(cost[i]), bool(fallback[i]))
    return strip.save(path)


class _Scale:
    """Distances to the right of the samples, from 0 to `longest`."""

    def __init__(self, strip: Strip, longest: float) -> None:
        self.strip, self.longest = strip, longest or 1.0
        self.left = strip.left(2) + SIDE + _BEFORE
        strip.head_at(self.left, "distances from the anchor, and what is paid")

    def x(self, distance: float) -> float:
        return self.left + _SCALE * distance / self.longest

    def triplet(self, row: int, near: float, far: float, cost: float, fallback: bool) -> None:
        y, axes = self.strip.middle(row), self.strip.axes
        axes.plot([self.left, self.left + _SCALE], [y, y], color="#d5d9de", linewidth=1, zorder=1)
        axes.plot([self.left] * 2, [y - 0.06, y + 0.06], color=FAINT, linewidth=1, zorder=1)
        if cost > 0:
            ends = [self.x(far), self.x(far + cost)]
            axes.plot(ends, [y, y], color=_PAID, linewidth=11, solid_capstyle="butt", zorder=2)
        # A cross fits into a ring: at one distance both are seen.
        ring = {"markersize": 11, "markerfacecolor": "white", "markeredgewidth": 2.6}
        axes.plot(self.x(near), y, marker="o", markeredgecolor=RIGHT.color, zorder=3, **ring)
        axes.plot(self.x(far), y, marker="X", markersize=8, color=WRONG.color, markeredgewidth=0, zorder=4)
        paid = f"pays {short_number(cost)}" + (": a fallback, no negative is farther" if fallback else "")
        color = WRONG.color if fallback else INK
        self.strip.text(self.left, y + 0.25, paid, color, horizontalalignment="left", fontsize=9.5)

"""What was looked for, and the nearest pictures of a gallery, within its threshold or beyond."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core.canvas import picture_format
from semihard._core.images import checked_images
from semihard.visualization.pictures._samples import short_number
from semihard.visualization.pictures._strip import NEUTRAL, RIGHT, WRONG, Strip

# Inches between the query and its neighbours.
_APART = 0.35
_MISSING = 225  # a light grey


def plot_search(
    queries: Sequence[Any],
    neighbors: Sequence[Sequence[Any]],
    distances: Any,
    labels: Any,
    within: Any,
    path: str | os.PathLike[str],
    *,
    names: Sequence[str] | None = None,
    title: str | None = None,
) -> Path:
    """Draw queries, a row each, with the pictures that a search has found in a gallery, nearest first.

    A neighbour within the threshold has a blue frame and a tick before its distance, one beyond it an orange, broken
    frame and a cross; its label stands below. Where there is no picture a grey tile says so.

    Args:
        queries: [queries] pictures, all of one size: [height, width] or [height, width, 3 or 4], integers from 0 to
            255 or floats from 0 to 1.
        neighbors: `[queries][k]`, pictures of the same size; None where there is no picture.
        distances: [queries, k].
        labels: [queries, k]; None for no label.
        within: bool [queries, k], whether an item is within the threshold.
        path: where to write; PNG or SVG by its suffix.
        names: [queries] what to write below each query.
        title: a line above the picture.

    Returns:
        `path`.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError, ValueError: pictures of several sizes, lengths that do not fit, or a suffix other than .png or .svg.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> picture = np.zeros((8, 8), np.uint8)
        >>> path = tempfile.mkdtemp() + "/found.png"
        >>> plot_search([picture], [[picture, None]], [[0.1, 0.9]], [["cat", "dog"]], [[True, False]], path).name
        'found.png'
    """
    picture_format(path)
    distances, within = np.asarray(distances, np.float64), np.asarray(within, bool)
    shape = (len(queries), len(neighbors[0]) if len(neighbors) else 0)
    if distances.shape != shape or within.shape != shape or any(len(row) != shape[1] for row in (*neighbors, *labels)):
        raise ValueError(
            f"Expected `distances`, `labels` and `within` of a neighbour each, {shape}. Received: distances "
            f"{distances.shape}, labels of {len(labels)} queries, within {within.shape}."
        )
    first = np.asarray(queries[0])
    blank = np.full(first.shape, _MISSING if first.dtype.kind in "iu" else _MISSING / 255, first.dtype)
    flat = [blank if picture is None else picture for row in neighbors for picture in row]
    images = checked_images([*queries, *flat], len(queries) + len(flat))

    strip = Strip(images, shape[0], shape[1] + 1, apart=_APART, right=0, title=title)
    strip.head(0, "query")
    strip.head_at(strip.left(1), "nearest" + ("" if within.all() else "; \u2717 beyond the threshold"))
    for row in range(shape[0]):
        strip.sample(row, 0, row, NEUTRAL, "", None if names is None else names[row])
        for column in range(shape[1]):
            mark = RIGHT if within[row, column] else WRONG
            index = shape[0] + row * shape[1] + column
            strip.sample(row, column + 1, index, mark, short_number(distances[row, column]), labels[row][column])
            if neighbors[row][column] is None:
                strip.write_on(row, column + 1, "no picture")
    return strip.save(path)

"""A map of embeddings as a picture: coloured by class, named at the clusters, with samples on it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core.canvas import INK, fitted, new_figure, picture_format, save
from semihard._core.images import as_floats, checked_images
from semihard._core.labels import unique_labels
from semihard._core.text import one_line
from semihard.visualization.pictures._class_names import name_classes
from semihard.visualization.pictures._colors import class_colors
from semihard.visualization.pictures._samples import checked_labels, checked_points
from semihard.visualization.pictures._thumbnails import choose_thumbnails

# Inches.
_WIDTH = 10.0
_THUMBNAIL = 0.3


def plot_embedding(
    points: Any,
    labels: Any,
    path: str | os.PathLike[str],
    *,
    images: Any = None,
    class_names: Sequence[Any] | None = None,
    title: str | None = None,
) -> Path:
    """Draw points in the plane, each class in its colour with its name at its densest place, and samples over them.

    Names never cover each other: many are written smaller, and one that has no room at its place stands beside it,
    with a line. Where not all have room, the larger classes' have, and the picture says how many. Up to ten classes
    have colours that colour-blind readers can tell apart. The samples shown cover the map without overlapping; those
    that lie among another class are shown first.

    Args:
        points: [n, 2], finite, as `reduce` returns them.
        labels: [n] or [n, 1], integers or strings.
        path: where to write; PNG or SVG by its suffix.
        images: the picture of each point: grey [n, height, width] or [n, height, width, 1], bright ink on dark, which
            is drawn in the colour of the class; or [n, height, width, 3 or 4] in its own colours. uint8 from 0 to 255,
            or floats from 0 to 1. None draws points only.
        class_names: the name of each class, in the sorted order of the distinct labels; by default the labels.
        title: a line above the picture.

    Returns:
        `path`.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: shapes or lengths that do not fit, a point that is not finite, or a suffix other than .png or .svg.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> path = tempfile.mkdtemp() + "/embedding.png"
        >>> plot_embedding([[0, 0], [0, 1], [5, 5]], ["cat", "cat", "dog"], path).name
        'embedding.png'
    """
    picture_format(path)
    points, names, codes = _check(points, labels, class_names)
    pictures = None if images is None else checked_images(images, len(points))
    colors = class_colors(len(names))

    spread = np.maximum(np.ptp(points, axis=0), 1e-9)
    height = float(np.clip(_WIDTH * spread[1] / spread[0], 5, 10))
    figure = new_figure(_WIDTH, height, layout=None)
    axes = figure.add_axes((0.01, 0.01, 0.98, 0.93 if title else 0.98))
    axes.set_axis_off()
    if title:
        line, letters = fitted(figure, title, 0.96 * _WIDTH, 15, smallest=10, fontweight="bold")
        axes.set_title(line, color=INK, fontsize=letters, fontweight="bold", pad=10, parse_math=False)
    size = float(np.clip(40_000 / len(points), 5, 60))
    # In data order, so that no class lies on top of all others.
    axes.scatter(*points.T, s=size, c=np.array(colors)[codes], alpha=0.5, linewidths=0, rasterized=True)
    per_inch = _fit(figure, axes, points)
    pills = name_classes(figure, axes, points, codes, names, colors, 1.5 * per_inch * _THUMBNAIL)
    if pictures is not None:
        side = per_inch * _THUMBNAIL
        for index in choose_thumbnails(points, codes, side, pills):
            _draw_thumbnail(axes, as_floats(pictures[index]), points[index], side, colors[codes[index]])
    return save(figure, path)


def _fit(figure: Any, axes: Any, points: np.ndarray[Any, Any]) -> float:
    """Set limits that hold all points at equal scale in both directions; return the data units in one inch."""
    inches = axes.get_window_extent().size / figure.dpi
    low, high = points.min(axis=0), points.max(axis=0)
    per_inch = float(((high - low) / (inches - 2 * _THUMBNAIL)).max()) or 1.0
    (left, bottom), (right, top) = (low + high) / 2 + np.outer([-0.5, 0.5], inches * per_inch)
    axes.set(xlim=(left, right), ylim=(bottom, top), autoscale_on=False)
    return per_inch


def _draw_thumbnail(axes: Any, picture: np.ndarray[Any, Any], center: Any, side: float, color: str) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Rectangle

    x, y = center
    extent = (x - side / 2, x + side / 2, y - side / 2, y + side / 2)
    if picture.ndim == 2:
        halo = _spread(picture, max(1, round(picture.shape[0] / 14)))
        ink = picture[..., None]
        picture = np.dstack([ink * to_rgb(color) + 1 - ink, np.maximum(halo * 0.9, picture)])
    else:
        corner = (extent[0], extent[2])
        axes.add_patch(Rectangle(corner, side, side, facecolor="none", edgecolor=color, linewidth=2, zorder=4.5))
    axes.imshow(picture, extent=extent, zorder=4, aspect="auto")


def _spread(picture: np.ndarray[Any, Any], reach: int) -> np.ndarray[Any, Any]:
    """Return the largest value within `reach` pixels of each pixel: ink with a rim around it."""
    padded = np.pad(picture, reach)
    return np.lib.stride_tricks.sliding_window_view(padded, (2 * reach + 1,) * 2).max(axis=(2, 3))


def _check(
    points: Any, labels: Any, class_names: Sequence[Any] | None
) -> tuple[np.ndarray[Any, Any], list[str], np.ndarray[Any, Any]]:
    points = checked_points(points)
    classes, codes = unique_labels(checked_labels(labels, len(points)))
    names = list(classes if class_names is None else class_names)
    if len(names) != len(classes):
        raise ValueError(
            f"Expected one of `class_names` for each of the {len(classes)} classes in `labels`. "
            f"Received: {len(names)} names."
        )
    return points, [one_line(name) for name in names], codes

"""The names of the classes on a map, each on a plate of its colour."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from semihard._core.canvas import FAINT, fitted, measured_text
from semihard.visualization.pictures._colors import text_color
from semihard.visualization.pictures._plates import place_plates

# Inches: how far a name may be from its class; where that leaves some out, they may be farther.
_REACH, _FARTHEST = 1.6, 4.0
# Points: the font sizes of names, of which the largest is taken at which all have room; the rim of their plates. Of the
# font size: what a plate reaches beyond its name.
_SIZES = (17.0, 14.0, 11.0, 9.0, 7.5)
_RIM, _PAD = 2.0, 0.3
# Of the picture's width, what a name may take. Beyond that many names the map would be hidden.
_WIDEST = 0.3
_MOST_NAMES = 120


def name_classes(
    figure: Any,
    axes: Any,
    points: np.ndarray[Any, Any],
    codes: np.ndarray[Any, Any],
    names: Sequence[str],
    colors: Sequence[str],
    side: float,
) -> np.ndarray[Any, Any]:
    """Write classes' names next to where their points are densest; return the boxes [names, 4] in data units."""
    # Where there is no room for all, the larger classes' are there; of equal ones any, not the first of the list.
    order = np.random.default_rng(0).permutation(len(names))
    order = order[np.argsort(-np.bincount(codes, minlength=len(names))[order], kind="stable")][:_MOST_NAMES]
    within, inch = axes.get_window_extent(), figure.dpi
    widest = _WIDEST * within.width / inch
    texts = [fitted(figure, names[code], widest, _SIZES[0], smallest=_SIZES[-1], fontweight="bold") for code in order]
    heaps = np.array([_densest(points[codes == code], side) for code in order])
    wanted = axes.transData.transform(heaps)
    measured = [measured_text(figure, line, size, fontweight="bold") for line, size in texts]
    for size, reach in [*((size, _REACH) for size in _SIZES), (_SIZES[-1], _FARTHEST)]:
        sizes = []
        for (_, fits), box in zip(texts, measured, strict=True):
            taken = min(size, fits)
            # The rim lies half outside of the box; a pixel or two is what hinting adds.
            sizes.append(np.array(box) * inch * taken / fits + (2 * _PAD * taken + _RIM) * inch / 72 + 2)
        middles = place_plates(wanted, np.array(sizes), within.extents, reach * inch)
        if not np.isnan(middles).any():
            break
    to_data, boxes = axes.transData.inverted(), []
    for code, (line, fits), heap, at, middle, room in zip(order, texts, heaps, wanted, middles, sizes, strict=True):
        if np.isnan(middle).any():
            continue
        _draw_plate(axes, to_data.transform(middle), line, min(size, fits), colors[code])
        if (np.abs(at - middle) > room / 2).any():
            way = np.array([to_data.transform(middle), heap])
            axes.plot(*way.T, color=colors[code], linewidth=1.5, marker="o", markersize=4, markevery=[1], zorder=4.8)
        boxes.append([*to_data.transform(middle - room / 2), *to_data.transform(middle + room / 2)])
    if len(boxes) < len(names):
        note = f"{len(boxes):,} of {len(names):,} classes named"
        axes.text(1, 0, note, transform=axes.transAxes, color=FAINT, fontsize=9, ha="right", va="bottom", zorder=4.9)
    return np.array(boxes).reshape(-1, 4)


def _draw_plate(axes: Any, place: Any, text: str, size: float, color: str) -> None:
    axes.text(
        *place,
        text,
        color=text_color(color),
        fontsize=size,
        fontweight="bold",
        horizontalalignment="center",
        verticalalignment="center",
        parse_math=False,
        zorder=5,
        bbox={
            "boxstyle": f"round,pad={_PAD},rounding_size=0.5",
            "facecolor": color,
            "edgecolor": "white",
            "linewidth": _RIM,
        },
    )


def _densest(points: np.ndarray[Any, Any], side: float) -> np.ndarray[Any, Any]:
    """Return the mean [2] of the points in the fullest of the cells of `side` (with its eight neighbours)."""
    cells = np.floor((points - points.min(axis=0)) / side).astype(np.int64)
    counts = np.zeros(cells.max(axis=0) + 3, np.int64)
    np.add.at(counts, tuple((cells + 1).T), 1)
    around = np.lib.stride_tricks.sliding_window_view(counts, (3, 3)).sum(axis=(2, 3))
    peak = np.array(np.unravel_index(around.argmax(), around.shape))
    return points[(np.abs(cells - peak) <= 1).all(axis=1)].mean(axis=0)

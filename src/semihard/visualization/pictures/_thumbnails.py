"""Which samples to show as pictures on a map, so that they cover it and never overlap."""

from typing import Any

import numpy as np


def choose_thumbnails(
    points: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], side: float, taken: np.ndarray[Any, Any]
) -> list[int]:
    """Return indices of points whose squares of `side` around them overlap neither each other nor the `taken` boxes.

    Points among another class come first, since they are what one looks for; then one after another as they come, so
    that what is left over has no room for another square.

    Args:
        points: [n, 2].
        labels: [n], integers ≥ 0.
        side: the side of a square, in the units of `points`.
        taken: [m, 4], boxes (left, bottom, right, top) to keep free.
    """
    cells = np.floor((points - points.min(axis=0)) / side).astype(np.int64)
    _, cell = np.unique(cells, axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    counts = np.zeros((cell.max() + 1, labels.max() + 1), np.int64)
    np.add.at(counts, (cell, labels), 1)
    astray = counts.argmax(axis=1)[cell] != labels

    free = np.ones(len(points), bool)
    for left, bottom, right, top in taken:
        low, high = np.array([left, bottom]) - side / 2, np.array([right, top]) + side / 2
        free &= ~((points > low) & (points < high)).all(axis=1)
    chosen: list[int] = []
    for group in (astray, ~astray):
        waiting = free & group
        while waiting.any():
            index = int(np.argmax(waiting))
            chosen.append(index)
            hit = (np.abs(points - points[index]) < side).all(axis=1)
            free &= ~hit
            waiting &= ~hit
    return chosen

"""Places on a grid for points of the plane: each in a cell of its own, as near to where it belongs as there is room."""

from typing import Any

import numpy as np

# Rounds of swaps; they end earlier where no swap brings anything, as a rule after 20 to 60.
_ROUNDS = 200


def assign_cells(points: np.ndarray[Any, Any], rows: int, columns: int) -> np.ndarray[Any, Any]:
    """Return the row and the column of each point, int64 [n, 2], no two of them equal.

    First the grid is halved again and again, and the points with it: each goes to the half in which it lies, as far as
    that has cells for it. Then pairs of cells swap what they hold, or give it to an empty one, as long as that makes
    the sum of squared distances smaller. Both take time in proportion to the cells, up to a logarithm. The same points
    give the same places.

    Args:
        points: [n, 2], (row, column) in units of cells: a point at (0, 0) belongs in the middle of the first cell.
        rows, columns: of the grid, rows · columns ≥ n.
    """
    held = np.full((rows, columns), -1, np.int64)
    waiting = [(np.arange(len(points)), 0, rows, 0, columns)]
    while waiting:
        members, top, bottom, left, right = waiting.pop()
        height, width = bottom - top, right - left
        if height * width == 1:
            held[top, left] = members[0]
            continue
        axis = 0 if height >= width else 1
        cut = (top + bottom) // 2 if axis == 0 else (left + right) // 2
        first, second = (
            ((top, cut, left, right), (cut, bottom, left, right))
            if axis == 0
            else ((top, bottom, left, cut), (top, bottom, cut, right))
        )
        ordered = members[np.argsort(points[members, axis], kind="stable")]
        wanted = int(np.searchsorted(points[ordered, axis], cut - 0.5))
        most, least = _cells(first), len(ordered) - _cells(second)
        count = min(max(wanted, least), most)
        waiting += [(part, *half) for part, half in ((ordered[:count], first), (ordered[count:], second)) if len(part)]
    _swap(held, points)
    cells = np.empty((len(points), 2), np.int64)
    taken = np.argwhere(held >= 0)
    cells[held[tuple(taken.T)]] = taken
    return cells


def _cells(box: tuple[int, int, int, int]) -> int:
    top, bottom, left, right = box
    return (bottom - top) * (right - left)


def _swap(held: np.ndarray[Any, Any], points: np.ndarray[Any, Any]) -> None:
    """Swap what cells at some steps from each other hold wherever the sum of squared distances falls, in place."""
    near = [(1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2)]
    steps = [*near, (3, 3), (3, -3), (4, 0), (0, 4), (8, 0), (0, 8)]
    # How far what a cell holds wants to go, 0 for an empty one.
    offsets = np.where(held[..., None] >= 0, points[held] - np.moveaxis(np.indices(held.shape), 0, 2), 0.0)
    for _ in range(_ROUNDS):
        swapped = sum(_swap_once(held, offsets, step, phase) for step in steps for phase in (0, 1))
        if not swapped:
            return


def _swap_once(held: np.ndarray[Any, Any], offsets: np.ndarray[Any, Any], step: tuple[int, int], phase: int) -> int:
    """Swap over one step, every other pair so that no cell is in two; return how many were swapped."""
    down, right = step
    rows, columns = held.shape
    if down >= rows or abs(right) >= columns:
        return 0
    here = (slice(0, rows - down), slice(max(0, -right), columns - max(0, right)))
    there = (slice(down, rows), slice(max(0, right), columns + min(0, right)))
    a, b, d, e = held[here], held[there], offsets[here], offsets[there]
    row, column = np.ogrid[: a.shape[0], : a.shape[1]]
    pairs = (row // down if down else column // right) % 2 == phase
    # Moving by s changes |offset|² by |s|² − 2 s · offset.
    squared = down * down + right * right
    gain = np.where(a >= 0, 2 * (d @ step) - squared, 0.0) - np.where(b >= 0, 2 * (e @ step) + squared, 0.0)
    row, column = np.nonzero(pairs & (gain > 1e-9 * squared))
    if len(row):
        a_row, b_row = (a[row, column], d[row, column]), (b[row, column], e[row, column])
        move = np.array(step, float)
        a[row, column], d[row, column] = b_row[0], np.where(b_row[0][:, None] >= 0, b_row[1] + move, 0.0)
        b[row, column], e[row, column] = a_row[0], np.where(a_row[0][:, None] >= 0, a_row[1] - move, 0.0)
    return len(row)

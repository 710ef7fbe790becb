"""Cells for points: each its own, the nearest where there is room, and near where there is not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.stats import spearmanr

from semihard.visualization.pictures._grid import assign_cells


def clusters(n: int, seed: int = 0) -> np.ndarray:
    """Five clusters, dense in the middle, in the unit square."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(size=(5, 2))[rng.integers(5, size=n)] + rng.normal(size=(n, 2), scale=0.05)
    return (points - points.min(axis=0)) / np.ptp(points, axis=0)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9), st.data())
def test_each_point_has_a_cell_of_its_own(seed, rows, columns, data):
    """Points on a coarse grid: many at one place, some outside."""
    count = data.draw(st.integers(1, rows * columns))
    points = np.random.default_rng(seed).integers(-2, 12, size=(count, 2)) / 2
    cells = assign_cells(points, rows, columns)
    assert cells.shape == (count, 2)
    assert (cells >= 0).all()
    assert (cells < [rows, columns]).all()
    assert len(np.unique(cells, axis=0)) == count
    np.testing.assert_array_equal(cells, assign_cells(points, rows, columns))


@given(st.permutations(range(20)), st.integers(1, 20))
def test_points_on_cells_stay_there(order, count):
    """Where each point lies in a cell of its own, that is the best of all assignments, and it is found."""
    places = np.argwhere(np.ones((4, 5)))[order][:count]
    np.testing.assert_array_equal(assign_cells(places + 0.3, 4, 5), places)


@pytest.mark.parametrize("spare", [1, 2])
def test_near_the_best_of_all_assignments(spare):
    """The mean squared distance in cells, against SciPy's optimum over all assignments: within half as much again.

    Without the swaps it would be almost twice the optimum.
    """
    points = clusters(400, seed=2) * [19, 20 * spare - 1]
    cells = assign_cells(points, 20, 20 * spare)
    places = np.argwhere(np.ones((20, 20 * spare)))
    cost = np.square(points[:, None] - places).sum(axis=-1)
    best = cost[linear_sum_assignment(cost)].mean()
    assert best <= np.square(points - cells).sum(axis=1).mean() <= 1.5 * best


@pytest.mark.parametrize(("side", "least"), [(30, 0.6), (43, 0.9)])
def test_neighbours_stay_near(side, least):
    """Spearman's correlation of distances on the map and on the grid, full and half full; random places have 0."""
    points = clusters(900) * (side - 1)
    a, b = np.random.default_rng(1).integers(900, size=(2, 5000))

    def correlation(cells):
        return spearmanr(*(np.linalg.norm(x[a] - x[b], axis=1) for x in (points, cells))).statistic

    assert correlation(assign_cells(points, side, side)) > least
    anywhere = np.random.default_rng(0).permutation(np.argwhere(np.ones((side, side))))[:900]
    assert abs(correlation(anywhere)) < 0.05

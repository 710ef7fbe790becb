"""What is collected tile by tile holds the least entries of each row, and everything within reach of the last."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard.evaluation.search._top_k import Least, TooMany


def collected(matrix, width, tile, reach, room=2**20):
    least = Least(len(matrix), width, reach, matrix.dtype, room)
    for start in range(0, matrix.shape[1], tile):
        least.add(np.ascontiguousarray(matrix[:, start : start + tile]), start)
    least.compact()
    return least


@given(
    rows=st.integers(1, 5),
    columns=st.integers(1, 300),
    width=st.integers(1, 40),
    tile=st.sampled_from([1, 16, 64, 97, 256]),
    values=st.integers(1, 60),
    slack=st.sampled_from([0.0, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_all_within_reach_and_nothing_else(rows, columns, width, tile, values, slack, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, values, (rows, columns)).astype(np.float32)
    matrix[rng.random(matrix.shape) < 0.1] = np.inf
    width = min(width, columns)
    least = collected(matrix, width, tile, lambda last: last + np.float32(slack))
    for row in range(rows):
        limit = np.sort(matrix[row])[width - 1] + slack
        expected = np.flatnonzero((matrix[row] <= limit) & np.isfinite(matrix[row]))
        found = np.isfinite(least.values[row])
        assert sorted(least.columns[row, found]) == expected.tolist()
        assert (matrix[row, least.columns[row, found]] == least.values[row, found]).all()


def test_ties_beyond_the_room_raise_but_for_a_single_row():
    ties = np.zeros((4, 1000), np.float32)
    with pytest.raises(TooMany):
        collected(ties, 3, 100, lambda last: last, room=1000)
    assert collected(ties[:1], 3, 100, lambda last: last, room=1000).values.shape == (1, 1000)

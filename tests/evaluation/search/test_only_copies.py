"""Queries that lie in the gallery, against naive loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from semihard.evaluation.search import only_copies


def rows(dtype):
    return st.integers(1, 6).flatmap(
        lambda n: hnp.arrays(dtype, (n, 2), elements=st.sampled_from([0.0, -0.0, 0.5, -3.0]))
    )


@settings(deadline=None)
@given(rows(np.float32), rows(np.float64))
def test_equals_naive_loops(queries, gallery):
    expected = []
    for query in queries:
        equal = [j for j, item in enumerate(gallery) if (query == item).all()]
        expected.append(equal[0] if len(equal) == 1 else -1)
    assert only_copies(queries, gallery).tolist() == expected


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64, np.uint8])
def test_each_row_is_its_own_copy_and_no_other(dtype):
    gallery = np.random.default_rng(0).permutation(40_000).reshape(4000, 10)
    gallery = (gallery % 251 if dtype in (np.uint8, np.float16) else gallery).astype(dtype)
    order = np.random.default_rng(1).permutation(4000)
    assert only_copies(gallery[order], gallery).tolist() == order.tolist()
    assert (only_copies(gallery[order][:, ::-1], gallery) == -1).all()


def test_a_bit_makes_a_difference():
    gallery = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    queries = gallery.copy()
    queries[7, 2] = np.nextafter(queries[7, 2], np.float32(9))
    assert np.flatnonzero(only_copies(queries, gallery) != np.arange(50)).tolist() == [7]
    assert only_copies(np.ones((2, 3)), np.ones((2, 2))).tolist() == [-1, -1]

"""The exact search against scikit-learn and naive loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.neighbors import NearestNeighbors

from semihard.evaluation import nearest_neighbors, neighbor_blocks, self_matches
from tests.oracles.retrieval import squared_distance

grid = hnp.arrays(
    np.float32, st.tuples(st.integers(2, 12), st.integers(1, 3)), elements=st.integers(-2, 2).map(lambda i: i / 4)
)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.uint8])
def test_scikit_learn_finds_the_same_neighbours(dtype):
    rng = np.random.default_rng(0)
    queries, gallery = (rng.normal(scale=20, size=(n, 12)).clip(0, 100).astype(dtype) for n in (70, 300))
    distances, items = nearest_neighbors(queries, gallery, k=10)
    found = NearestNeighbors(n_neighbors=10, algorithm="kd_tree").fit(gallery.astype(float))
    expected, _ = found.kneighbors(queries.astype(float))
    # Integers tie, and scikit-learn orders ties otherwise; the distances name the same neighbourhood.
    np.testing.assert_allclose(distances, expected, rtol=1e-12)
    direct = np.linalg.norm(queries.astype(float)[:, None] - gallery.astype(float)[items], axis=2)
    np.testing.assert_allclose(distances, direct, rtol=1e-12)


@settings(deadline=None)
@given(grid, st.integers(1, 14), st.sampled_from([1, 500, 2**27]))
def test_order_is_exact_with_ties_by_position(points, k, memory):
    distances, items = nearest_neighbors(points, k=k, memory=memory)
    for i in range(len(points)):
        others = [j for j in range(len(points)) if j != i]
        expected = sorted(others, key=lambda j: (squared_distance(points[i], points[j]), j))[:k]
        assert items[i, : len(expected)].tolist() == expected
        assert (items[i, len(expected) :] == -1).all()
        assert np.isinf(distances[i, len(expected) :]).all()


@pytest.mark.parametrize("memory", [1, 100_000, 2**27])
def test_copies_are_at_bit_equal_distances(memory):
    """Every gallery vector occurs 3 times, at positions that lie in different tiles of a matrix product."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(101, 77)).astype(np.float32)
    queries = rng.normal(size=(13, 77)).astype(np.float32)
    for block in neighbor_blocks(queries, np.tile(points, (3, 1)), depth=303, memory=memory):
        triples = block.squared_distances.reshape(len(block.rows), 101, 3)
        assert (triples == triples[:, :, :1]).all()
        assert (np.sort(block.items.reshape(-1, 101, 3) % 101, axis=2) == block.items.reshape(-1, 101, 3) % 101).all()


def test_mirrored_points_tie_exactly():
    """x + v and x − v are as far from x for exact v, by different products: no copies, and yet a tie."""
    rng = np.random.default_rng(2)
    x = rng.integers(-1000, 1000, 33) / 1024
    v = rng.integers(-1000, 1000, (20, 33)) / 1024
    gallery = np.concatenate([x + v, x - v])
    (block,) = neighbor_blocks(x[None], gallery, depth=40)
    pairs = block.squared_distances.reshape(20, 2)
    assert (pairs[:, 0] == pairs[:, 1]).all()
    assert (pairs[1:, 0] > pairs[:-1, 0]).all()


def test_a_block_holds_the_whole_tie_at_its_depth():
    gallery = np.array([[0.1], [0.3], [0.3], [0.3], [0.9]], np.float32)
    (block,) = neighbor_blocks(np.zeros((1, 1), np.float32), gallery, depth=2)
    assert sorted(block.items[0, :4].tolist()) == [0, 1, 2, 3]
    assert len(set(block.squared_distances[0, 1:4].tolist())) == 1


def test_depths_differ_by_query():
    points = np.random.default_rng(3).normal(size=(40, 4))
    depth = np.arange(40) % 5
    searched = {}
    for block in neighbor_blocks(points, depth=depth, memory=20_000):
        searched.update(zip(block.rows.tolist(), block.items, strict=True))
    assert sorted(searched) == np.flatnonzero(depth).tolist()
    _, expected = nearest_neighbors(points, k=4)
    for row, items in searched.items():
        assert items[: depth[row]].tolist() == expected[row, : depth[row]].tolist()


def test_tight_cluster_beside_a_far_one_keeps_its_order():
    """Steps of 2^-24 next to 0.5, in unit-sized data: a float64 product blurs them, squared they are 3.6e-15."""
    points = np.full((5, 40), 0.5, np.float32)
    points[:, 0] -= np.array([0, 1, 3, 7, 15], np.float32) * np.float32(2.0**-24)
    points = np.concatenate([points, -points])
    distances, items = nearest_neighbors(points, k=4)
    assert items[0].tolist() == [1, 2, 3, 4]
    assert items[3].tolist() == [2, 1, 0, 4]
    assert distances[0].tolist() == [i * 2.0**-24 for i in (1, 3, 7, 15)]


def test_outlier_in_the_gallery_leaves_the_rest_sharp():
    points = np.array([[0.0], [1e-6], [3e-6], [1e12]])
    assert nearest_neighbors(points, k=2)[1][:3].tolist() == [[1, 2], [0, 2], [1, 0]]


def test_excluded_pairs_never_appear():
    points = np.random.default_rng(4).normal(size=(30, 3))
    exclude = self_matches(np.arange(30) // 2, np.arange(30) // 2)
    assert len(exclude[0]) == 60
    distances, items = nearest_neighbors(points, k=28, exclude=exclude)
    assert np.isfinite(distances).all()
    assert (items // 2 != np.arange(30)[:, None] // 2).all()


def test_ids_beyond_float64_stay_apart():
    ids = np.array([2**53, 2**53 + 1])
    for others in (ids, ids.astype(np.uint64)):
        query, item = self_matches(ids, others)
        assert (query.tolist(), item.tolist()) == ([0, 1], [0, 1])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: nearest_neighbors([1.0, 2.0], k=1), ValueError, r"`queries` to be \[n, dim\]"),
        (lambda: nearest_neighbors([[1.0]], [[1.0, 2.0]], k=1), ValueError, "dimensions"),
        (lambda: nearest_neighbors([[1.0]], [[np.nan]], k=1), ValueError, "`gallery` to hold finite"),
        (lambda: nearest_neighbors([[1e200]], k=1), ValueError, "finite"),
        (lambda: nearest_neighbors(np.empty((3, 0)), k=1), ValueError, "at least one"),
        (lambda: nearest_neighbors([["a"]], k=1), TypeError, "real numbers"),
        (lambda: nearest_neighbors([[1.0]], k=0), ValueError, "`k`"),
        (lambda: neighbor_blocks([[1.0]], depth=-1), ValueError, "`depth`"),
        (lambda: neighbor_blocks([[1.0]], depth=[1, 2]), ValueError, "`depth`"),
        (lambda: neighbor_blocks([[1.0]], depth=[0.5]), ValueError, "`depth`"),
        (lambda: neighbor_blocks([[1.0]], depth=1, memory=0), ValueError, "`memory`"),
        (lambda: neighbor_blocks([[1.0]], depth=1, exclude=([0], [1])), ValueError, "gallery positions"),
        (lambda: neighbor_blocks([[1.0]], depth=1, exclude=([-1], [0])), ValueError, "query positions"),
        (lambda: neighbor_blocks([[1.0]], depth=1, exclude=([0], [0, 0])), ValueError, "two int arrays"),
        (lambda: self_matches([[1, 2]], [1]), ValueError, r"query_ids.*\(2,\)"),
        (lambda: self_matches([1], ["1"]), TypeError, "one kind"),
    ],
)
def test_bad_arguments_raise(call, error, words):
    with pytest.raises(error, match=words):
        call()

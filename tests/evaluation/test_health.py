"""Health against definitions written out, and on embeddings whose answer is known."""

import math
import tracemalloc

import numpy as np
import pytest

from semihard.evaluation import health


def on_sphere(count, dim, seed=0):
    points = np.random.default_rng(seed).normal(size=(count, dim))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_effective_rank_by_singular_values():
    points = np.random.default_rng(0).normal(size=(50, 6)) * [3, 2, 1, 0.5, 0.1, 0.01]
    singular = np.linalg.svd(points - points.mean(0), compute_uv=False)
    share = singular / singular.sum()
    expected = math.exp(-(share * np.log(share)).sum())
    assert health(points, np.zeros(50, int)).effective_rank == pytest.approx(expected, rel=1e-9)


def test_uniformity_and_alignment_by_all_pairs():
    """Over 20,000 random pairs both are near the mean over all of them."""
    points, codes = on_sphere(60, 5), np.arange(60) % 4
    squared = ((points[:, None] - points[None]) ** 2).sum(-1)
    others = ~np.eye(60, dtype=bool)
    found = health(3 * points, codes)  # the length does not count
    assert found.uniformity == pytest.approx(math.log(np.exp(-2 * squared[others]).mean()), abs=0.03)
    alike = others & (codes[:, None] == codes)
    assert found.alignment == pytest.approx(squared[alike].mean(), abs=0.03)


def test_evenly_spread_directions():
    found = health(on_sphere(5000, 16), np.zeros(5000, int))
    assert found.effective_rank == pytest.approx(16, abs=0.2)
    assert not found.collapsed
    assert found.dead_dimensions == 0


def test_a_point_and_a_line_are_collapsed():
    assert health(np.full((100, 8), 0.3), np.zeros(100, int)).effective_rank == 0
    assert health(np.full((100, 8), 0.3), np.zeros(100, int)).collapsed
    line = np.linspace(0, 1, 100)[:, None] * np.ones(8)
    assert health(line, np.zeros(100, int)).effective_rank == pytest.approx(1)
    assert health(line, np.zeros(100, int)).collapsed
    nearly = on_sphere(1, 8) + 1e-4 * on_sphere(100, 8)
    assert health(nearly, np.zeros(100, int)).collapsed


def test_dead_dimensions():
    points = on_sphere(200, 8)
    points[:, [2, 5]] = 0.125
    assert health(points, np.zeros(200, int)).dead_dimensions == 0.25


def test_without_a_pair_alignment_is_unknown():
    found = health(on_sphere(10, 4), np.arange(10))
    assert math.isnan(found.alignment)
    assert "nan" in str(found)
    single = health(on_sphere(1, 4), np.zeros(1, int))
    assert not single.collapsed


@pytest.mark.parametrize("shape", [(30, 400), (400, 30), (64, 64), (1500, 700), (1, 9)])
def test_wide_and_tall_sets_by_singular_values(shape):
    """The eigenvalues of A Aᵀ and of Aᵀ A are the same but for zeros, and variances are those of the columns."""
    points = np.random.default_rng(0).normal(size=shape) * np.geomspace(1, 0.01, shape[1])
    points[:, :2] = 7.0
    singular = np.linalg.svd(points - points.mean(0), compute_uv=False)
    share = singular[singular > 1e-6] / singular[singular > 1e-6].sum()
    found = health(points, np.zeros(shape[0], int))
    assert found.effective_rank == pytest.approx(
        math.exp(-(share * np.log(share)).sum()) if len(share) else 0, rel=1e-9
    )
    assert found.dead_dimensions == pytest.approx(2 / shape[1] if shape[0] > 1 else 1)


def test_wide_embeddings_need_no_square_of_their_dimensions():
    """20 × 20,000 numbers: dim × dim of them would be 3.2 GB, and all pairs of 20,000 drawn ones another 3.2 GB."""
    points = np.random.default_rng(0).normal(size=(20, 20_000)).astype(np.float32)
    tracemalloc.start()
    try:
        assert health(points, np.arange(20) % 5).effective_rank == pytest.approx(19, abs=0.1)
        assert tracemalloc.get_traced_memory()[1] < 32e6
    finally:
        tracemalloc.stop()


def test_two_different_embeddings_have_not_collapsed():
    """They lie on a line, as any two do."""
    assert not health(np.eye(2), np.arange(2)).collapsed
    assert health(np.ones((2, 5)), np.arange(2)).collapsed

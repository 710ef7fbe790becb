"""The 2-D map: it separates what is separate, repeats itself, and takes tiny and collapsed data."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

from semihard.visualization import reduce
from semihard.visualization.maps._umap_start import into_square

module = sys.modules["semihard.visualization.maps._reduce"]


def clusters(n: int, dim: int = 8) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(n) % 3
    return np.eye(dim)[labels] * 10 + np.random.default_rng(0).normal(size=(n, dim)), labels


@pytest.mark.parametrize(("method", "exact_limit"), [("umap", 0), ("umap", 1000), ("tsne", None), ("pca", None)])
def test_separate_clusters_stay_separate(monkeypatch, method, exact_limit):
    """Three clusters 14 apart with deviation 1: on the map, each point's nearest other point is of its own cluster.

    Both with exact neighbours given to UMAP and with UMAP's own search, and by the other methods.
    """
    monkeypatch.setattr(module, "_EXACT_LIMIT", exact_limit)
    vectors, labels = clusters(150)
    points = reduce(vectors, method=method)
    assert points.shape == (150, 2)
    assert points.dtype == np.float32
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert (labels[distances.argmin(axis=1)] == labels).all()


def test_exact_neighbors_against_a_loop():
    """Rows 0 and 1 are equal: each still comes first in its own row, which UMAP relies on."""
    vectors = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    vectors[1] = vectors[0]
    indices, distances, _ = module._exact_neighbors(vectors, 5)
    for i, vector in enumerate(vectors):
        true = np.linalg.norm(vectors - vector, axis=1)
        nearest = np.sort(np.delete(true, i))[:4]
        assert indices[i, 0] == i
        assert i not in indices[i, 1:]
        np.testing.assert_allclose(true[indices[i, 1:]], nearest, atol=1e-6)
        np.testing.assert_allclose(distances[i], [0, *nearest], atol=1e-6)


@pytest.mark.parametrize("method", ["umap", "tsne", "pca"])
def test_the_seed_decides(method):
    """PCA has one answer, whatever the seed; t-SNE starts from it and differs only where it starts at random."""
    vectors, _ = clusters(60)
    np.testing.assert_array_equal(reduce(vectors, 3, method=method), reduce(vectors, 3, method=method))
    if method == "umap":
        assert not np.array_equal(reduce(vectors, seed=3), reduce(vectors, seed=4))
    elif method == "tsne":
        same = np.ones((60, 2))
        assert not np.array_equal(reduce(same, 3, method=method), reduce(same, 4, method=method))


def test_umap_is_the_default():
    vectors, _ = clusters(60)
    np.testing.assert_array_equal(reduce(vectors, seed=3), reduce(vectors, 3, method="umap"))


@pytest.mark.parametrize("scale", [1, 3])
def test_a_start_keeps_its_scale_and_its_arrangement(scale):
    """From its own map, however large and turned, UMAP returns a map whose clusters have not left their places."""
    vectors, labels = clusters(90)
    start = reduce(vectors) * scale @ [[0.6, -0.8], [0.8, 0.6]]
    points = reduce(vectors, seed=1, start=start)
    before, after = (np.array([p[labels == i].mean(axis=0) for i in range(3)]) for p in (start, points))
    before, after = before - before.mean(axis=0), after - after.mean(axis=0)
    np.testing.assert_allclose(after, before, atol=0.25 * np.linalg.norm(before, axis=1).mean())


@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 7))
def test_umaps_stretching_keeps_a_turned_start(angle):
    """A cloud nine times as wide as high: each axis stretched to 0 … 10, turned back and divided by the factor."""
    cloud = np.random.default_rng(0).normal(size=(50, 2)) * [9, 1]
    start = cloud @ [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    turned, turn, factor = into_square(start)
    stretched = 10 * (turned - turned.min(axis=0)) / np.ptp(turned, axis=0)
    back = stretched @ turn.T / factor
    np.testing.assert_allclose(back - back.mean(axis=0), start - start.mean(axis=0), atol=0.02 * np.ptp(cloud))


@pytest.mark.parametrize("method", ["umap", "tsne"])
@pytest.mark.parametrize("start", [np.ones((6, 2)), np.arange(12).reshape(6, 2), np.outer(np.arange(6), [1, 0])])
def test_a_start_in_one_place_or_on_a_line(method, start):
    points = reduce(clusters(6)[0], method=method, start=start)
    assert np.isfinite(points).all()


@pytest.mark.parametrize("n", [4, 5, 15, 16])
@pytest.mark.parametrize("kind", ["clusters", "collapsed", "one dimension"])
@pytest.mark.parametrize("method", ["umap", "tsne", "pca"])
def test_few_or_equal_points(method, n, kind):
    """Fewer points than neighbours, all points in one place, points on a line: a finite map without a warning."""
    vectors = {"clusters": clusters(n)[0], "collapsed": np.ones((n, 3)), "one dimension": np.arange(n)[:, None]}[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points = reduce(vectors, method=method)
    assert points.shape == (n, 2)
    assert np.isfinite(points).all()


def test_silent_unless_asked(capfd):
    vectors, _ = clusters(20)
    reduce(vectors)
    assert capfd.readouterr() == ("", "")
    reduce(vectors, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "UMAP: 100%" in err


@pytest.mark.parametrize(
    ("vectors", "options", "error", "match"),
    [
        (np.zeros(4), {}, ValueError, r"\[n, dim\].*Received: shape \(4,\)"),
        (np.zeros((3, 2)), {}, ValueError, r"n ≥ 4. Received: shape \(3, 2\)"),
        (np.full((5, 2), np.nan), {}, ValueError, "finite numbers. Received: NaN, infinity.*row 0"),
        (np.zeros((5, 2)), {"seed": -1}, ValueError, "`seed` to be at least 0"),
        (np.zeros((5, 2)), {"n_neighbors": 1}, ValueError, "`n_neighbors` to be at least 2"),
        (np.zeros((5, 2)), {"min_dist": 1.5}, ValueError, "`min_dist` from 0 to 1. Received: min_dist=1.5"),
        (np.zeros((5, 2)), {"seed": 0.5}, TypeError, "`seed` to be a whole number"),
        (np.zeros((5, 2)), {"method": "t-sne"}, ValueError, "'umap', 'tsne', 'pca'.*'t-sne'"),
        (np.zeros((5, 2), complex), {}, TypeError, "real numbers"),
        (np.zeros((5, 2)), {"start": np.zeros((4, 2))}, ValueError, r"\[5, 2\].*shape \(4, 2\)"),
        (np.zeros((5, 2)), {"start": np.full((5, 2), np.inf)}, ValueError, "`start` to be finite"),
    ],
)
def test_errors(vectors, options, error, match):
    with pytest.raises(error, match=match):
        reduce(vectors, **options)


@pytest.mark.parametrize(
    ("module", "method", "package"),
    [
        ("umap", "umap", "umap-learn"),
        ("sklearn.manifold", "tsne", "scikit-learn"),
        ("sklearn.decomposition", "pca", "scikit-learn"),
    ],
)
def test_missing_package(monkeypatch, module, method, package):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf'{package}.*pip install "semihard\[plots\]"'):
        reduce(np.zeros((5, 2)), method=method)


def test_pca_against_the_singular_vectors():
    """The products of the centred data with its two first right singular vectors, up to the sign of each."""
    vectors = np.random.default_rng(0).normal(size=(50, 6)) * [9, 5, 3, 2, 1, 1]
    centred = vectors - vectors.mean(axis=0)
    expected = centred @ np.linalg.svd(centred)[2][:2].T
    np.testing.assert_allclose(np.abs(reduce(vectors, method="pca")), np.abs(expected), atol=1e-4)


def test_tsne_does_not_depend_on_the_number_of_threads(monkeypatch):
    threadpoolctl = pytest.importorskip("threadpoolctl")
    vectors, _ = clusters(60)
    with threadpoolctl.threadpool_limits(3, user_api="openmp"):
        expected = reduce(vectors, method="tsne")
    np.testing.assert_array_equal(reduce(vectors, method="tsne"), expected)


def test_it_leaves_the_threads_of_others_alone():
    """numba told OpenMP to take all processors, and PyTorch then did, too, and rounded otherwise."""
    code = """
import threadpoolctl
from semihard.visualization import reduce
reduce([[i, i % 3, i % 7] for i in range(40)])
counts = [pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "openmp"]
assert counts and set(counts) == {1}, counts
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, env=environment)

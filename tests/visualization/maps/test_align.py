"""Maps: their scale, PCA against scikit-learn, and that those of two epochs lie on each other."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from semihard.visualization.maps.align import lay_out, principal_axes, turned


def clusters(seed=0):
    rng = np.random.default_rng(seed)
    return (np.repeat(np.eye(3, 8) * 10, 20, axis=0) + rng.normal(size=(60, 8))).astype(np.float32)


def test_pca_is_that_of_scikit_learn():
    vectors = clusters()
    mean, axes = principal_axes(vectors)
    expected = PCA(2).fit_transform(vectors)
    received = (vectors - mean) @ axes
    signs = np.sign((received * expected).sum(axis=0))
    np.testing.assert_allclose(received * signs, expected, atol=1e-3)  # float32, of numbers up to 10


@pytest.mark.parametrize("method", ["umap", "tsne", "pca"])
def test_maps_fill_the_square_and_keep_their_shape(method):
    (points,) = lay_out([clusters()], method, 0)
    assert points.dtype == np.float32
    spread = np.ptp(points, axis=0)
    np.testing.assert_allclose(spread.max(), 2 * 0.94, rtol=1e-5)
    np.testing.assert_allclose(points.max(axis=0) + points.min(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize("method", ["umap", "tsne", "pca"])
def test_epochs_can_be_compared(method):
    """Clusters of two epochs, the first one turned at random: each cluster stays nearest to itself on the maps."""
    last = clusters()
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(8, 8)))[0]
    first = last if method == "pca" else (clusters(1) @ rotation).astype(np.float32)
    before, after = lay_out([first, last], method, 0)
    centres = [points.reshape(3, 20, 2).mean(axis=1) for points in (before, after)]
    apart = np.linalg.norm(centres[0][:, None] - centres[1], axis=2)
    assert apart.argmin(axis=1).tolist() == [0, 1, 2]


def test_pca_shows_all_epochs_along_the_same_axes():
    """An epoch that is the last one shrunk by half is a map shrunk by half."""
    last = clusters() - clusters().mean(axis=0)
    small, large = lay_out([last / 2, last], "pca", 0)
    middle = large.mean(axis=0)
    np.testing.assert_allclose(small - small.mean(axis=0), (large - middle) / 2, atol=1e-5)


def test_turning_takes_back_a_rotation_and_a_mirror():
    points = np.random.default_rng(0).normal(size=(30, 2))
    angle = 1.0
    matrix = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]])
    np.testing.assert_allclose(turned(points @ matrix + [3, 4], points), points, atol=1e-12)


@pytest.mark.parametrize("vectors", [np.zeros((5, 3)), np.arange(5.0)[:, None]])
def test_collapsed_and_one_dimensional_embeddings_have_a_map(vectors):
    (points,) = lay_out([vectors], "pca", 0)
    assert points.shape == (5, 2)
    assert np.isfinite(points).all()

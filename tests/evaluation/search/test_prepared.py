"""A gallery prepared once gives what one prepared for each search does."""

import numpy as np
import pytest

from semihard.evaluation.search import PreparedGallery, nearest_neighbors, neighbor_blocks


def test_searches_in_turn_find_what_each_alone_finds():
    """Queries of float64 among them, which need other products, and excluded pairs."""
    rng = np.random.default_rng(0)
    vectors = rng.integers(-3, 4, (200, 4)).astype(np.float32)
    gallery = PreparedGallery(vectors)
    for number, kind in enumerate(["float32", "float64", "float32"]):
        queries = rng.normal(size=(9, 4)).astype(kind)
        exclude = (np.arange(9), np.arange(9) + number)
        one = nearest_neighbors(queries, gallery, k=7, exclude=exclude)
        two = nearest_neighbors(queries, vectors, k=7, exclude=exclude)
        assert all(map(np.array_equal, one, two))
    queries = vectors[:5]
    (one,), (two,) = (list(neighbor_blocks(queries, kind, depth=[3, 1, 2, 0, 3])) for kind in (gallery, vectors))
    assert all(map(np.array_equal, one, two))


def test_it_is_prepared_once():
    gallery = PreparedGallery(np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32))
    nearest_neighbors(np.zeros((1, 3), np.float32), gallery, k=2)
    first = gallery.centred(np.float32)
    nearest_neighbors(np.ones((1, 3), np.float32), gallery, k=2)
    assert gallery.centred(np.float32) is first


def test_what_is_no_gallery_is_refused():
    with pytest.raises(ValueError, match="`gallery` to hold finite"):
        PreparedGallery([[np.nan]])
    with pytest.raises(ValueError, match="same number of dimensions"):
        nearest_neighbors([[1.0]], PreparedGallery([[1.0, 2.0]]), k=1)

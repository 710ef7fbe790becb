"""Mining in NumPy: pieces of a block."""

import numpy as np
import pytest

from semihard.losses import TripletSemiHardLoss
from semihard.mining import _numpy_search, from_labels
from tests.programs import value_and_gradient


@pytest.mark.parametrize(("first", "anchors", "references"), [(0, 1, 1), (0, 7, 9), (5, 1024, 1024), (0, 3, 2**20)])
def test_pieces_are_all_anchors_once(first, anchors, references):
    pieces = _numpy_search.pieces(first, anchors, references)
    assert [i for piece in pieces for i in range(piece.start, piece.stop)] == [*range(first, anchors)]
    assert all((piece.stop - piece.start) * references <= max(_numpy_search.AT_ONCE, references) for piece in pieces)


@pytest.mark.parametrize("metric", ["L2", "squared-L2", "angular"])
@pytest.mark.parametrize("degenerate", ["finite", "addons"])
def test_a_batch_from_its_labels_is_that_of_the_tensors(metric, degenerate, monkeypatch):
    """Anchors of unequal weight, far from the origin; where nothing is mined in NumPy both ways are the same."""
    rng = np.random.default_rng(0)
    labels, x = rng.integers(0, 5, 40), rng.normal(100, 1, (40, 8)).astype(np.float32)
    loss, weights = TripletSemiHardLoss(distance_metric=metric, degenerate=degenerate), np.linspace(0, 2, 40)
    found = value_and_gradient(lambda x: loss(labels, x, weights.astype(np.float32)), x)
    monkeypatch.setattr(from_labels, "can_mine", lambda *_: False)
    expected = value_and_gradient(lambda x: loss(labels, x, weights.astype(np.float32)), x)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)

"""Decisions that another format would make, counted by hand."""

import numpy as np

from semihard.gallery import Gallery
from semihard.workflows.exporting._parity import Flips, measure_parity


def test_a_neighbor_and_two_names_that_are_others():
    """On a line: a at 0, b at 10; the threshold is 3.

    Keras has queries at 2 (a), 4 (none, nearest a), 8 (b), 20 (none, nearest b). The other format moves them to 2 (a),
    3 (a: a name more), 4.5 (none, nearest a: a name less and another neighbor), and 20.
    """
    gallery = Gallery.create([[0.0], [10.0]], ["a", "b"], threshold=3.0)
    expected = np.array([[2.0], [4.0], [8.0], [20.0]], np.float32)
    found = np.array([[2.0], [3.0], [4.5], [20.0]], np.float32)
    parity = measure_parity(expected, found, [None] * 4, gallery)
    assert (parity.largest, parity.mean) == (3.5, (1 + 3.5) / 4)
    assert parity.neighbors == Flips(1, 4)
    assert parity.names == Flips(2, 4)
    assert parity.pairs is None
    assert parity.warning == "2 of 4 names are others than with Keras: do not use it for this model."


def test_a_picture_is_not_its_own_neighbor():
    """The samples are the gallery: 0's nearest is 1, not 0; moved to 2.2, it would be 3."""
    vectors = np.array([[0.0], [1.0], [3.0]], np.float32)
    moved = np.array([[2.2], [1.0], [3.0]], np.float32)
    parity = measure_parity(vectors, moved, [None] * 3, Gallery.create(vectors))
    assert parity.neighbors == Flips(1, 3)
    assert parity.names is None


def test_a_tie_is_no_decision():
    """0 lies between -1 and 1: either is its nearest."""
    gallery = Gallery.create([[-1.0], [1.0]], ["a", "b"], threshold=2.0)
    parity = measure_parity(np.array([[-1e-7]], np.float32), np.array([[1e-7]], np.float32), [None], gallery)
    assert parity.neighbors == Flips(0, 1)
    assert parity.names == Flips(0, 1)
    assert parity.warning is None


def test_pairs_where_nothing_names():
    """Two classes at 0, 1 and 10, 11: one pair of each is the same. Moved by 30, the last is no longer like its own."""
    vectors, labels = np.array([[0.0], [1.0], [10.0], [11.0]], np.float32), ["a", "a", "b", "b"]
    moved = vectors + np.array([[0.0], [0.0], [0.0], [30.0]], np.float32)
    parity = measure_parity(vectors, moved, labels, None)
    assert 1 <= parity.pair_threshold < 9
    assert parity.pairs == Flips(1, 6)
    # By a loop over all pairs.
    threshold, flipped = parity.pair_threshold, 0
    for i in range(4):
        for j in range(i):
            flipped += (abs(vectors[i] - vectors[j]) <= threshold) != (abs(moved[i] - moved[j]) <= threshold)
    assert parity.pairs.flipped == flipped

import keras
import numpy as np
import pytest

from semihard import mining
from semihard.mining._algorithms import ANCHORS_AT_ONCE, choose, matrix_algorithms, triplet_algorithms

EAGER = keras.backend.backend() == "torch"


def test_small_batches_need_no_choice():
    text = mining.explain(np.arange(32) % 10)
    way = "sorted once, in NumPy" if EAGER else "scanned"
    assert text.startswith(f"32 anchors with at most 3 positives each, in one block: each row is {way}")


def test_large_batches_go_in_blocks():
    text = mining.explain(np.arange(65_536) // 4)
    assert f"65536 anchors with at most 3 positives each, {ANCHORS_AT_ONCE} at a time" in text
    assert "triplet by triplet" in text


def test_many_positives_are_sorted():
    text = mining.explain(np.zeros((2000, 1), int), block_size=100)
    assert "2000 anchors with at most 1999 positives each, 100 at a time: each row is sorted" in text
    assert "by matrix products" in text


@pytest.mark.parametrize("labels", [3, np.zeros((2, 2)), []])
def test_wrong_labels_raise(labels):
    with pytest.raises((TypeError, ValueError), match="Expected `y_true`"):
        mining.explain(labels)


@pytest.mark.parametrize("batch", [2, 64, 65, 600, 3000, 70_000])
@pytest.mark.parametrize("positives", [0, 1, 3, 4, 15, 16, 60, 200, 511, 512, 69_000])
def test_every_batch_has_a_way_that_can_take_it(batch, positives):
    positives = min(positives, batch - 1)
    known = positives if EAGER else None
    for ways in (matrix_algorithms(batch, known), triplet_algorithms(batch, known), matrix_algorithms(None, known)):
        place = choose(ways, batch, positives)
        if place < len(ways):
            assert ways[place].positives is None or ways[place].positives >= positives
            assert ways[place].least <= batch
    assert choose(matrix_algorithms(batch, known), batch, positives) < len(matrix_algorithms(batch, known))

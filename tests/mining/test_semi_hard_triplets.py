"""The named triplets: those of the definition, and together what the loss pays."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.losses import triplet_semihard_loss
from semihard.mining import semi_hard_triplets
from tests.oracles.triplet import distance_matrix

BATCH = 12
METRICS = ["L2", "squared-L2", "angular"]
LABELS = st.lists(st.integers(0, 5), min_size=BATCH, max_size=BATCH)
# A small grid is full of duplicates and ties, and its squared distances are exact in float32.
POINTS = st.lists(st.integers(-2, 2), min_size=BATCH * 2, max_size=BATCH * 2)


def naive(matrix, labels):
    """(anchor, positive, negative, fallback) of each positive pair, one after another, from the definition."""
    for anchor, positive in np.ndindex(matrix.shape):
        negatives = [n for n in range(len(labels)) if labels[n] != labels[anchor]]
        if positive == anchor or labels[positive] != labels[anchor] or not negatives:
            continue
        row = matrix[anchor]
        farther = [n for n in negatives if row[n] > row[positive]]
        negative = min(farther, key=row.__getitem__) if farther else max(negatives, key=row.__getitem__)
        yield anchor, positive, negative, not farther


@settings(max_examples=30, deadline=None)
@given(LABELS, POINTS, st.sampled_from(["L2", "squared-L2"]))
def test_the_triplets_are_those_of_the_definition(labels, points, metric):
    """`min` and `max` of Python keep the first of equal negatives, as is promised."""
    x = np.array(points, np.float32).reshape(BATCH, 2)
    matrix = distance_matrix(x, metric)
    found = semi_hard_triplets(labels, x, 0.5, metric)
    expected = list(naive(matrix, labels))
    assert list(zip(*(part.tolist() for part in found[:4]), strict=True)) == expected
    near, far = (np.array([matrix[t[0], t[i]] for t in expected]) for i in (1, 2))
    np.testing.assert_allclose(found.positive_distance, near, rtol=1e-6)
    np.testing.assert_allclose(found.negative_distance, far, rtol=1e-6)
    np.testing.assert_allclose(found.cost, np.maximum(0.5 + near - far, 0), rtol=1e-5, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(LABELS, st.integers(0, 2**32 - 1), st.sampled_from(METRICS), st.sampled_from([0.0, 0.2, 1.0]))
def test_their_mean_cost_is_the_loss(labels, seed, metric, margin):
    x = np.random.default_rng(seed).normal(size=(BATCH, 5)).astype(np.float32)
    cost = semi_hard_triplets(labels, x, margin, metric).cost
    loss = float(triplet_semihard_loss(labels, x, margin, metric))
    assert loss == pytest.approx(cost.mean() if len(cost) else 0.0, rel=1e-5, abs=1e-6)


def test_in_blocks_the_loss_pays_for_the_same():
    """Four blocks of anchors, classes of unequal size, some of one sample."""
    rng = np.random.default_rng(0)
    labels = np.minimum(rng.geometric(0.2, size=64), 12) * 1_000_003
    x = rng.normal(size=(64, 16)).astype(np.float32)
    triplets = semi_hard_triplets(labels[:, None], x, 0.3)
    loss = float(triplet_semihard_loss(labels, x, 0.3, block_size=16))
    assert loss == pytest.approx(triplets.cost.mean(), rel=1e-5)
    assert (labels[triplets.anchor] == labels[triplets.positive]).all()
    assert (labels[triplets.anchor] != labels[triplets.negative]).all()


@pytest.mark.parametrize("labels", [[0, 1, 2], [0, 0, 0]])
def test_no_triplets(labels):
    triplets = semi_hard_triplets(labels, np.eye(3, dtype=np.float32))
    assert [(part.shape, part.dtype.kind) for part in triplets] == [((0,), kind) for kind in "iiibfff"]


@pytest.mark.parametrize("labels", [["a", "a", "b"], np.array(["a", "a", "b"], object), [True, True, False]])
def test_labels_of_any_kind(labels):
    """Points 0, 4 and 1: no negative is farther than the positive at 4, and the only one stands in."""
    triplets = semi_hard_triplets(labels, np.array([[0.0], [4.0], [1.0]], np.float32), 1.0)
    assert triplets.negative.tolist() == [2, 2]
    assert triplets.fallback.tolist() == [True, True]
    assert triplets.cost.tolist() == [4.0, 2.0]


def test_half_precision_is_computed_in_float32():
    x = keras.ops.cast(np.array([[0.0], [1.0], [3.0]]), "bfloat16")
    assert semi_hard_triplets([0, 0, 1], x).cost.dtype == np.float32


def test_a_callable_distance_has_anchors_as_rows():
    """Distances 0, 1, 2 / 5, 0, 7 / …: anchor 0 finds its positive at 1 and its negative at 2, anchor 1 at 5 and 7."""
    matrix = np.array([[0, 1, 2], [5, 0, 7], [3, 3, 0]], np.float32)
    triplets = semi_hard_triplets([0, 0, 1], np.eye(3, dtype=np.float32), 1.5, lambda _: keras.ops.array(matrix))
    assert triplets.positive_distance.tolist() == [1.0, 5.0]
    assert triplets.negative_distance.tolist() == [2.0, 7.0]
    assert triplets.cost.tolist() == [0.5, 0.0]


@pytest.mark.parametrize(
    ("labels", "x", "options", "error", "match"),
    [
        ([0, 1], np.zeros(2, "float32"), {}, ValueError, r"\[batch, dim\].*Received: shape \(2,\)"),
        ([], np.zeros((0, 2), "float32"), {}, ValueError, r"Received: shape \(0, 2\)"),
        ([0], np.zeros((2, 2), "float32"), {}, ValueError, r"`labels` to be \[2\].*Received: shape \(1,\)"),
        ([0.0, float("nan")], np.zeros((2, 2), "float32"), {}, ValueError, "missing.*place 1"),
        ([0, 1], np.zeros((2, 2), "int32"), {}, TypeError, "floating point. Received: dtype"),
        ([0, 1], np.array([[0, 1], [np.nan, 0]], "float32"), {}, ValueError, "diverged"),
        ([0, 1], np.zeros((2, 2), "float32"), {"distance_metric": "l2"}, ValueError, "'L2', 'squared-L2', 'angular'"),
    ],
)
def test_errors(labels, x, options, error, match):
    with pytest.raises(error, match=match):
        semi_hard_triplets(labels, x, **options)

"""ContrastiveLoss: values, gradients, shapes, saving."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard.losses import ContrastiveLoss, contrastive_loss
from tests.losses.reference import cases, name, runs
from tests.oracles.contrastive import contrastive
from tests.programs import MODES, to_numpy, value_and_gradient

CASES = cases("contrastive")
D = np.array([0.0, 0.3, 0.8, 1.0, 1.7, 0.5], np.float32)
SAME = np.array([1, 0, 1, 0, 0, 1], np.int32)


def test_there_are_18_cases():
    assert len(CASES) == 18


@pytest.mark.parametrize("run", runs(CASES, {15, 119}), ids=name)
def test_value_and_gradient_of_addons(run):
    """The reference is that of `tfa.losses.ContrastiveLoss`, the mean of the batch."""
    case, mode = run
    labels = ops.convert_to_tensor(case.y)
    value, gradient = value_and_gradient(lambda d: contrastive_loss(labels, d, **case.options), case.x, mode)
    np.testing.assert_allclose(value.mean(), case.value, rtol=1e-5)
    np.testing.assert_allclose(gradient / len(case.x), case.gradient, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("margin", [0.5, 1.0, 3.0])
def test_against_the_naive_loop(mode, margin):
    """Distances of 0, of exactly the margin, below and above."""
    labels = ops.convert_to_tensor(SAME)
    value, gradient = value_and_gradient(lambda d: contrastive_loss(labels, d, margin), D, mode)
    expected, slopes = contrastive(D, SAME, margin)
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 4, width=32), st.booleans()), min_size=1, max_size=8),
    st.floats(0, 3),
    st.randoms(use_true_random=False),
)
def test_every_pair_pays_for_itself(pairs, margin, random):
    """In any order and company."""
    random.shuffle(pairs)
    distances, same = np.array([d for d, _ in pairs], np.float32), np.array([s for _, s in pairs])
    value = to_numpy(contrastive_loss(same, distances, margin))
    np.testing.assert_allclose(value, contrastive(distances, same, margin)[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("labels_shape", [(6,), (6, 1)])
@pytest.mark.parametrize("distances_shape", [(6,), (6, 1)])
def test_columns_do_not_make_a_matrix(labels_shape, distances_shape):
    """TensorFlow Addons broadcasts [6, 1] against [6] to [6, 6]."""
    labels, distances = SAME.reshape(labels_shape), D.reshape(distances_shape)
    value = to_numpy(contrastive_loss(labels, distances))
    np.testing.assert_allclose(value, contrastive(D, SAME, 1.0)[0], rtol=1e-5, atol=1e-7)
    mean = contrastive(D, SAME, 1.0)[0].mean()
    assert float(ContrastiveLoss()(labels, distances)) == pytest.approx(mean, rel=1e-5)
    assert ContrastiveLoss(reduction=None)(labels, distances).shape == (6,)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int64", "uint64", "float32", "float64"])
def test_dtypes_of_the_labels(dtype):
    labels = SAME.astype(dtype)
    for form in (labels, labels.tolist(), ops.convert_to_tensor(labels if dtype != "uint64" else SAME)):
        np.testing.assert_allclose(
            to_numpy(contrastive_loss(form, D)), contrastive(D, SAME, 1.0)[0], rtol=1e-5, atol=1e-7
        )


def test_a_fraction_weighs_both_terms():
    """0.25 · 0.5² + 0.75 · (1 − 0.5)² = 0.25"""
    assert float(contrastive_loss([0.25], np.array([0.5], np.float32))[0]) == pytest.approx(0.25)


def test_no_pairs_and_nan():
    assert contrastive_loss(np.zeros(0, int), np.zeros(0, np.float32)).shape == (0,)
    value = to_numpy(contrastive_loss([1, 0, 0], np.array([np.nan, np.nan, 0.5], np.float32)))
    np.testing.assert_array_equal(np.isnan(value), [True, True, False])


@pytest.mark.parametrize(
    ("labels", "distances", "options", "error", "message"),
    [
        (SAME, D, {"margin": "1"}, TypeError, "margin.*number.*'1'"),
        (SAME, D, {"margin": float("inf")}, ValueError, "finite.*inf"),
        (SAME[:-1], D, {}, ValueError, "5 labels for 6"),
        (SAME, D.reshape(3, 2), {}, ValueError, r"y_pred.*\[batch, 1\].*\(3, 2\)"),
        (SAME.reshape(3, 2), D, {}, ValueError, r"y_true.*\[batch, 1\].*\(3, 2\)"),
        (SAME, D[0], {}, ValueError, r"y_pred.*\(\)"),
        (SAME, D.astype(int), {}, TypeError, "floating point.*int"),
        (["a"] * 6, D, {}, TypeError, "0 and 1.*U1"),
    ],
)
def test_wrong_input_raises(labels, distances, options, error, message):
    with pytest.raises(error, match=message):
        contrastive_loss(labels, distances, **options)

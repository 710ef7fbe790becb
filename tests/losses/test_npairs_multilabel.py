"""NpairsMultilabelLoss: TensorFlow Addons' values and gradients, the naive loop, samples without labels, saving."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard.losses import NpairsMultilabelLoss, npairs_loss, npairs_multilabel_loss
from tests.losses.reference import cases, name, runs
from tests.oracles.npairs import labels_in_common, npairs
from tests.programs import BACKEND, MODES, to_numpy, value_and_gradient

CASES = cases("npairs_multilabel")
RNG = np.random.default_rng(3)
BATCH = 6
S = (3 * RNG.normal(size=(BATCH, BATCH))).astype(np.float32)
Y = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1], [1, 0, 0, 1], [0, 0, 1, 0]], np.int32)
PARTLY = Y * (np.arange(BATCH) != 2)[:, None]


def loss_of(labels, s=S, **options):
    return float(npairs_multilabel_loss(labels, s, **options))


def test_there_are_18_cases():
    assert len(CASES) == 18


@pytest.mark.parametrize("run", runs(CASES, {14, 38}), ids=name)
def test_value_and_gradient_of_addons(run):
    case, mode = run
    labels = case.y if mode == "eager" else ops.convert_to_tensor(case.y)
    value, gradient = value_and_gradient(lambda s: npairs_multilabel_loss(labels, s), case.x, mode)
    np.testing.assert_allclose(value, case.value, rtol=1e-5)
    np.testing.assert_allclose(gradient, case.gradient, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("labels", [Y, PARTLY], ids=["all labelled", "one without"])
def test_rows_against_the_naive_loop(labels, mode):
    """Rows of unequal weight; a row without labels is left out, so that the others count 6/5 in the mean."""
    weights, tensor = RNG.random(BATCH).astype(np.float32), ops.convert_to_tensor(labels)
    weigh = ops.convert_to_tensor(weights)
    value, gradient = value_and_gradient(lambda s: weigh * npairs_multilabel_loss(tensor, s, reduction="none"), S, mode)
    values, slopes = npairs(S, labels_in_common(labels))
    weights = weights * BATCH / labels.any(axis=1).sum()
    np.testing.assert_allclose(value, weights * values, rtol=1e-5)
    np.testing.assert_allclose(gradient, weights[:, None] * slopes, rtol=1e-4, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=BATCH, max_size=BATCH),
    st.permutations(range(BATCH)),
    st.permutations(range(3)),
)
def test_order_of_samples_and_labels(labels, order, columns):
    order, labels = np.array(order), np.array(labels)
    shuffled = labels[order][:, np.array(columns)]
    value = to_numpy(npairs_multilabel_loss(shuffled, S[np.ix_(order, order)], reduction=None))
    values = npairs(S, labels_in_common(labels))[0] * BATCH / max(labels.any(axis=1).sum(), 1)
    np.testing.assert_allclose(value, values[order], rtol=1e-5, atol=1e-6)


def test_one_label_each_is_the_loss_of_single_labels():
    names = np.array([0, 2, 1, 0, 3, 2])
    assert loss_of(np.eye(4, dtype=int)[names]) == pytest.approx(float(npairs_loss(names, S)), rel=1e-6)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "uint64", "float32"])
def test_forms_of_the_labels(dtype):
    assert loss_of(Y.astype(dtype)) == pytest.approx(loss_of(Y), rel=1e-6)
    assert loss_of(Y.astype(dtype).tolist()) == pytest.approx(loss_of(Y), rel=1e-6)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="sparse tensors of TensorFlow")
def test_sparse_labels():
    import tensorflow as tf

    assert loss_of(tf.sparse.from_dense(Y)) == pytest.approx(loss_of(Y), rel=1e-6)


def test_samples_without_labels():
    """The real TensorFlow Addons gave NaN for a batch with one."""
    value, gradient = value_and_gradient(lambda s: npairs_multilabel_loss(PARTLY, s), S)
    assert value == pytest.approx(npairs(S, labels_in_common(PARTLY))[0].sum() / 5, rel=1e-5)
    assert not gradient[2].any()
    assert np.isnan(loss_of(PARTLY, degenerate="addons"))
    assert loss_of(Y, degenerate="addons") == pytest.approx(loss_of(Y), rel=1e-6)
    value, gradient = value_and_gradient(lambda s: npairs_multilabel_loss(0 * Y, s), S)
    assert value == 0.0
    assert not gradient.any()
    assert loss_of(Y[:0], S[:0, :0]) == 0.0
    assert np.isnan(loss_of(Y[:0], S[:0, :0], degenerate="addons"))


def test_nan_is_not_hidden():
    similarities = S.copy()
    similarities[2, 4] = np.nan
    for labels in (Y, PARTLY):
        rows = to_numpy(npairs_multilabel_loss(labels, similarities, reduction=None))
        np.testing.assert_array_equal(np.isnan(rows), np.arange(BATCH) == 2)


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has float64 only if the user asks for it")
def test_float64_is_computed_in_float64():
    value, _ = value_and_gradient(lambda s: npairs_multilabel_loss(Y, s), S.astype(np.float64))
    assert value.dtype == np.float64
    np.testing.assert_allclose(value, npairs(S, labels_in_common(Y))[0].mean(), rtol=1e-13)


@pytest.mark.parametrize(
    ("labels", "similarities", "options", "error", "message"),
    [
        (Y, S, {"reduction": "sum"}, ValueError, "'mean', 'none', None.*'sum'"),
        (Y, S, {"degenerate": "adons"}, ValueError, "'finite', 'addons'.*'adons'"),
        (Y[:, 0], S, {}, ValueError, r"\[batch, classes\].*\(6,\).*npairs_loss"),
        (Y[:-1], S, {}, ValueError, "5 labels for 6"),
        (Y, S[:, :-1], {}, ValueError, r"\[batch, batch\].*\(6, 5\)"),
        ([["a", "b"]] * 6, S, {}, TypeError, "0 and 1.*U1"),
        ([[1], [2, 3]] * 3, S, {}, TypeError, "lengths"),
    ],
)
def test_wrong_input_raises(labels, similarities, options, error, message):
    with pytest.raises(error, match=message):
        npairs_multilabel_loss(labels, similarities, **options)
    if "degenerate" in options:
        with pytest.raises(error, match=message):
            NpairsMultilabelLoss(**options)


def test_config_round_trip():
    loss = NpairsMultilabelLoss("mine", degenerate="addons", reduction="sum", dtype="float16")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
    assert (again.name, again.degenerate, again.reduction, again.dtype) == ("mine", "addons", "sum", "float16")

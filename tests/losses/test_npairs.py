"""NpairsLoss: TensorFlow Addons' values and gradients, the naive loop, labels as they are, saving."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard.losses import NpairsLoss, npairs_loss
from tests.losses.reference import cases, name, runs
from tests.oracles.npairs import npairs, same_label
from tests.programs import BACKEND, MODES, to_numpy, value_and_gradient

CASES = cases("npairs")
RNG = np.random.default_rng(3)
BATCH = 7
S = (3 * RNG.normal(size=(BATCH, BATCH))).astype(np.float32)
Y = np.array([0, 1, 2, 0, 1, 0, 3], np.int32)


def loss_of(labels, s=S, **options):
    return float(npairs_loss(labels, s, **options))


def test_there_are_18_cases():
    assert len(CASES) == 18


@pytest.mark.parametrize("run", runs(CASES, {13, 37}), ids=name)
def test_value_and_gradient_of_addons(run):
    case, mode = run
    labels = case.y if mode == "eager" else ops.convert_to_tensor(case.y)
    value, gradient = value_and_gradient(lambda s: npairs_loss(labels, s), case.x, mode)
    np.testing.assert_allclose(value, case.value, rtol=1e-5)
    np.testing.assert_allclose(gradient, case.gradient, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("mode", MODES)
def test_rows_against_the_naive_loop(mode):
    """Rows of unequal weight."""
    weights, labels = RNG.random(BATCH).astype(np.float32), ops.convert_to_tensor(Y)
    tensor = ops.convert_to_tensor(weights)
    value, gradient = value_and_gradient(lambda s: tensor * npairs_loss(labels, s, reduction="none"), S, mode)
    values, slopes = npairs(S, same_label(Y))
    np.testing.assert_allclose(value, weights * values, rtol=1e-5)
    np.testing.assert_allclose(gradient, weights[:, None] * slopes, rtol=1e-4, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(-(2**31), 2**31 - 1), min_size=4, max_size=4, unique=True),
    st.permutations(range(BATCH)),
    st.floats(0, 1e4),
)
def test_order_names_and_scale(names, order, scale):
    """In any order, under any names, and without overflow."""
    order, labels = np.array(order), np.array(names, np.int32)[Y]
    similarities = S * np.float32(scale)
    value = to_numpy(npairs_loss(labels[order], similarities[np.ix_(order, order)], reduction=None))
    np.testing.assert_allclose(value, npairs(similarities, same_label(Y))[0][order], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("labels", [Y.tolist(), Y[:, None], Y.astype("uint8"), [f"class {y}" for y in Y]])
def test_forms_of_the_labels(labels):
    assert loss_of(labels) == pytest.approx(loss_of(Y), rel=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "float16"])
def test_large_labels_stay_distinct_under_every_policy(policy):
    """The real TensorFlow Addons casts 2²⁴ and 2²⁴ + 1 to one number."""
    for low in (2**24, 256):
        assert float(NpairsLoss(dtype=policy)(low + Y, S)) == pytest.approx(loss_of(Y), rel=1e-2)
    assert loss_of(2**24 + np.arange(BATCH)) != pytest.approx(loss_of(np.zeros(BATCH, int)), rel=1e-2)


def test_no_samples_one_class_and_all_alone():
    empty = np.zeros((0, 0), np.float32)
    assert loss_of(np.zeros(0, int), empty) == 0.0
    assert npairs_loss(np.zeros(0, int), empty, reduction=None).shape == (0,)
    for labels in (np.zeros(BATCH, int), np.arange(BATCH)):
        assert loss_of(labels) == pytest.approx(npairs(S, same_label(labels))[0].mean(), rel=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_is_not_hidden(bad):
    similarities = S.copy()
    similarities[2, 4] = bad
    rows = to_numpy(npairs_loss(Y, similarities, reduction=None))
    np.testing.assert_array_equal(np.isnan(rows), np.arange(BATCH) == 2)


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has float64 only if the user asks for it")
def test_float64_is_computed_in_float64():
    s = S.astype(np.float64)
    value, gradient = value_and_gradient(lambda s: npairs_loss(Y, s), s)
    values, slopes = npairs(s, same_label(Y))
    assert value.dtype == np.float64
    np.testing.assert_allclose(value, values.mean(), rtol=1e-13)
    np.testing.assert_allclose(gradient, slopes / BATCH, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(
    ("labels", "similarities", "options", "error", "message"),
    [
        (Y, S, {"reduction": "sum"}, ValueError, "'mean', 'none', None.*'sum'"),
        (Y, S[:, :-1], {}, ValueError, r"\[batch, batch\].*\(7, 6\).*a @ b"),
        (Y, S[0], {}, ValueError, r"\[batch, batch\].*\(7,\)"),
        (Y[:-1], S, {}, ValueError, "6 labels for 7"),
        (Y, S.astype(int), {}, TypeError, "floating point.*int"),
        (Y + np.float32(0.5), S, {}, ValueError, "whole numbers.*encode_labels"),
    ],
)
def test_wrong_input_raises(labels, similarities, options, error, message):
    with pytest.raises(error, match=message):
        npairs_loss(labels, similarities, **options)

"""ArcFace, CosFace and Proxy-Anchor: what pytorch-metric-learning and naive loops say, and what all three promise."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard.layers import CosineClassifier
from semihard.losses import ArcFaceLoss, CosFaceLoss, ProxyAnchorLoss, arcface_loss, cosface_loss, proxy_anchor_loss
from tests.oracles import classification as oracle
from tests.programs import BACKEND, MODES, to_numpy, value_and_gradient

DATA = Path(__file__).parents[1] / "fixtures"
PML = json.loads((DATA / "pml_classification.json").read_text())
ARRAYS = np.load(DATA / "pml_classification.npz")
FUNCTIONS = {"arcface_loss": arcface_loss, "cosface_loss": cosface_loss, "proxy_anchor_loss": proxy_anchor_loss}
CLASSES = {"arcface_loss": ArcFaceLoss, "cosface_loss": CosFaceLoss, "proxy_anchor_loss": ProxyAnchorLoss}
ORACLES = {
    "arcface_loss": lambda *a: oracle.arcface(*a).mean(),
    "cosface_loss": lambda *a: oracle.cosface(*a).mean(),
    "proxy_anchor_loss": oracle.proxy_anchor,
}
OPTIONS = {"arcface_loss": (0.5, 8.0), "cosface_loss": (0.35, 8.0), "proxy_anchor_loss": (0.1, 8.0)}
EVERY = pytest.mark.parametrize("name", FUNCTIONS)
RNG = np.random.default_rng(5)
COSINES = RNG.uniform(-0.95, 0.95, size=(7, 4)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0, 0, 2, 1], np.int32)


def classifier(vectors: np.ndarray, centers: int) -> CosineClassifier:
    layer = CosineClassifier(len(vectors) // centers, centers)
    layer.build((None, vectors.shape[1]))
    layer.set_weights([vectors])
    return layer


# Against others


@pytest.mark.parametrize("number", range(len(PML)), ids=lambda i: f"{PML[i]['theirs']}-{i}")
def test_value_and_gradients_of_pytorch_metric_learning(number):
    """By the embeddings, and by the class vectors: cosines are symmetric, so vectors pass for embeddings and back."""
    case = PML[number]
    x, vectors, labels, value, by_x, by_vectors = (
        ARRAYS[f"{part}_{number}"] for part in ("x", "vectors", "labels", "value", "by_x", "by_vectors")
    )
    labels = ops.convert_to_tensor(labels.astype("int32"))
    layer, loss = classifier(vectors, case["centers"]), FUNCTIONS[case["loss"]]
    found, gradient = value_and_gradient(lambda x: loss(labels, layer(x), **case["options"]), x)
    np.testing.assert_allclose(found, value, rtol=2e-5)
    np.testing.assert_allclose(gradient, by_x, rtol=2e-3, atol=2e-5 * np.abs(by_x).max())
    rows = classifier(x, 1)

    def of_vectors(v):
        cosines = ops.transpose(rows(v))
        if case["centers"] > 1:
            cosines = ops.max(ops.reshape(cosines, (len(x), -1, case["centers"])), axis=2)
        return loss(labels, cosines, **case["options"])

    _, gradient = value_and_gradient(of_vectors, vectors)
    np.testing.assert_allclose(gradient, by_vectors, rtol=2e-3, atol=2e-5 * np.abs(by_vectors).max())


@EVERY
@pytest.mark.parametrize("mode", MODES)
def test_value_and_gradient_of_the_naive_loop(name, mode):
    labels = ops.convert_to_tensor(LABELS)
    value, gradient = value_and_gradient(lambda c: FUNCTIONS[name](labels, c, *OPTIONS[name]), COSINES, mode)
    np.testing.assert_allclose(value, ORACLES[name](COSINES, LABELS, *OPTIONS[name]), rtol=1e-5)
    expected = oracle.slopes(lambda c: ORACLES[name](c, LABELS, *OPTIONS[name]), COSINES)
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=7, max_size=7),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.3, 1.0, math.pi]),
    st.sampled_from([1.0, 30.0, 200.0]),
)
def test_any_labels_and_options(labels, seed, margin, scale):
    cosines = np.random.default_rng(seed).uniform(-1, 1, size=(7, 4)).astype(np.float32)
    for name, function in FUNCTIONS.items():
        found = float(function(labels, cosines, margin, scale))
        assert found == pytest.approx(ORACLES[name](cosines, labels, margin, scale), rel=1e-4, abs=1e-5)


# What all three promise


@EVERY
def test_values_of_samples_have_the_scalar_as_their_mean(name):
    function, loss = FUNCTIONS[name], CLASSES[name](*OPTIONS[name])
    values = to_numpy(function(LABELS, COSINES, *OPTIONS[name], reduction="none"))
    assert values.shape == (7,)
    scalar = float(function(LABELS, COSINES, *OPTIONS[name]))
    assert values.mean() == pytest.approx(scalar, rel=1e-6)
    assert float(loss(LABELS[:, None], COSINES)) == pytest.approx(scalar, rel=1e-6)
    weights = np.array([1, 0, 2, 1, 0, 1, 1], np.float32)
    assert float(loss(LABELS, COSINES, weights)) == pytest.approx((values * weights).mean(), rel=1e-5)


@EVERY
def test_order_of_samples_and_of_classes_does_not_matter(name):
    function, rows, columns = FUNCTIONS[name], RNG.permutation(7), RNG.permutation(4)
    values = to_numpy(function(LABELS, COSINES, *OPTIONS[name], reduction=None))
    shuffled = to_numpy(function(LABELS[rows], COSINES[rows], *OPTIONS[name], reduction=None))
    np.testing.assert_allclose(shuffled, values[rows], rtol=1e-5)
    renamed = to_numpy(function(np.argsort(columns)[LABELS], COSINES[:, columns], *OPTIONS[name], reduction=None))
    np.testing.assert_allclose(renamed, values, rtol=1e-5)


@EVERY
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "int64", "uint64"])
def test_dtypes_of_the_labels(name, dtype):
    labels = (LABELS % 2).astype(dtype)
    expected = ORACLES[name](COSINES, LABELS % 2, *OPTIONS[name])
    for form in (labels, labels.tolist(), *([] if dtype == "uint64" else [ops.convert_to_tensor(labels)])):
        assert float(FUNCTIONS[name](form, COSINES, *OPTIONS[name])) == pytest.approx(expected, rel=1e-5)


@EVERY
@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
@pytest.mark.parametrize("wrong", [-1, 4, 127])
def test_a_class_out_of_range_is_never_silent(name, dtype, wrong):
    """On the host it raises; as a tensor its sample, and so the mean, is NaN. 200 classes are beyond int8."""
    labels = LABELS.astype(dtype)
    labels[2] = wrong
    with pytest.raises(ValueError, match=f"from 0 to 3, for 4 columns of cosines. Received: {wrong}"):
        FUNCTIONS[name](labels, COSINES)
    values = to_numpy(FUNCTIONS[name](ops.convert_to_tensor(labels), COSINES, reduction=None))
    np.testing.assert_array_equal(np.isnan(values), [False, False, True, False, False, False, False])
    assert np.isnan(float(CLASSES[name]()(ops.convert_to_tensor(labels), COSINES)))
    many = np.tile(COSINES, (1, 50))
    assert np.isfinite(float(FUNCTIONS[name](ops.convert_to_tensor(LABELS.astype("int8")), many)))


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has no 64-bit integers unless it is asked for them")
@EVERY
def test_large_labels_do_not_wrap(name):
    """2³² + 1 in 32 bits is 1, which exists."""
    labels = ops.convert_to_tensor(LABELS.astype("int64") + 2**32)
    assert np.isnan(to_numpy(FUNCTIONS[name](labels, COSINES, reduction=None))).all()


@EVERY
@pytest.mark.parametrize("mode", MODES)
def test_degenerate_batches_are_finite(name, mode):
    """One sample; one class only; cosines of exactly ±1 and a little beyond; a large scale."""
    edges = np.array([[1, -1, 1, -1], [-1, 1, -1, 1], [1.0000001, -1.0000001, 0, 0]], np.float32)
    # `torch.compile` would see new shapes again and again; one is enough there.
    batches = [(np.zeros(3, np.int32), edges)] if mode == "compiled" else [
        (np.zeros(3, np.int32), edges),
        (np.array([0, 0, 1], np.int32), edges),
        (np.array([3], np.int32), edges[:1]),
    ]  # fmt: skip
    for labels, cosines in batches:
        tensor = ops.convert_to_tensor(labels)
        value, gradient = value_and_gradient(lambda c, t=tensor: FUNCTIONS[name](t, c, 0.5, 200.0), cosines, mode)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()


@EVERY
def test_no_samples(name):
    none = np.zeros((0, 4), np.float32)
    assert float(FUNCTIONS[name](np.zeros(0, int), none)) == 0.0
    assert FUNCTIONS[name](np.zeros(0, int), none, reduction="none").shape == (0,)


@EVERY
@pytest.mark.parametrize("place", [(2, 0), (2, 2)])
def test_nan_comes_out(name, place):
    """In the column of the own class or another; never in the values of samples that have no part in it."""
    cosines = COSINES.copy()
    cosines[place] = np.nan
    values = to_numpy(FUNCTIONS[name](LABELS, cosines, reduction=None))
    assert np.isnan(values[2])
    assert np.isnan(float(FUNCTIONS[name](LABELS, cosines)))
    if name != "proxy_anchor_loss":
        assert np.isnan(values).sum() == 1


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has no float64 unless it is asked for it")
@EVERY
def test_float64_is_computed_in_float64(name):
    cosines = COSINES.astype(np.float64)
    value, gradient = value_and_gradient(lambda c: FUNCTIONS[name](LABELS, c, *OPTIONS[name]), cosines)
    assert value.dtype == gradient.dtype == np.float64
    np.testing.assert_allclose(value, ORACLES[name](cosines, LABELS, *OPTIONS[name]), rtol=1e-12)


@EVERY
@pytest.mark.parametrize(
    ("labels", "cosines", "options", "error", "message"),
    [
        (LABELS, COSINES, {"margin": "1"}, TypeError, "margin.*number.*'1'"),
        (LABELS, COSINES, {"reduction": "sum"}, ValueError, "'mean', 'none', None"),
        (LABELS, COSINES[0], {}, ValueError, r"\[batch, classes\].*\(4,\)"),
        (LABELS, COSINES.astype(int), {}, TypeError, "floating point.*int"),
        (LABELS[:-1], COSINES, {}, ValueError, "6 for 7 rows"),
        (np.eye(7, 4, dtype=int), COSINES, {}, ValueError, "argmax"),
        (LABELS + 0.5, COSINES, {}, ValueError, "float64.*whole numbers"),
        (ops.convert_to_tensor(LABELS.astype("float32") + 0.5), COSINES, {}, ValueError, "float32.*whole numbers"),
        (list("abcabca"), COSINES, {}, TypeError, "encode_labels"),
    ],
)
def test_wrong_input_raises(name, labels, cosines, options, error, message):
    with pytest.raises(error, match=message):
        FUNCTIONS[name](labels, cosines, **options)


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (ArcFaceLoss, {"margin": 28.6}, "radians, from 0 to π.*28.6"),
        (ArcFaceLoss, {"scale": 0}, "`scale` to be above 0"),
        (CosFaceLoss, {"scale": -1.0}, "`scale` to be above 0"),
        (ProxyAnchorLoss, {"alpha": 0.0}, "`alpha` to be above 0"),
    ],
)
def test_options_out_of_range(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


# ArcFace alone


def test_the_margin_widens_the_angle_until_it_would_turn_back():
    """Two classes at cosines c and −1: the value falls with c everywhere, across the seam at π − margin too."""
    cosines = np.linspace(-1, 1, 201, dtype=np.float32)[:, None] * [1, 0] - [0, 1]
    values = to_numpy(arcface_loss(np.zeros(201, int), cosines.astype(np.float32), 0.5, 4.0, reduction=None))
    assert (np.diff(values) < 0).all()


def test_the_gradient_near_the_edge_is_the_true_one():
    """By the angle: cos(θ + m) falls by sin(θ + m), which is finite at θ → 0, where by the cosine it is not."""
    for angle in (1e-3, 1e-2, 0.1):
        c = np.array([[math.cos(angle), -1.0]], np.float32)
        near = math.acos(float(c[0, 0]))
        _, gradient = value_and_gradient(lambda c: arcface_loss([0], c, 0.5, 1.0), c)
        logits = math.cos(near + 0.5), -1.0
        off = math.exp(logits[1]) / sum(math.exp(x) for x in logits)
        by_angle = gradient[0, 0] * -math.sin(near)
        assert by_angle == pytest.approx(off * math.sin(near + 0.5), rel=1e-3)

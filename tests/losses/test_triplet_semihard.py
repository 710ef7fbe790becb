"""TripletSemiHardLoss as a Keras loss and as a function: labels, options, degenerate batches, training, saving."""

from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard.losses import TripletSemiHardLoss, triplet_semihard_loss
from tests.oracles.triplet import distance_matrix, semi_hard, semi_hard_loss
from tests.oracles.triplet import gradient as gradient_of
from tests.programs import BACKEND, MODES, all_optimizations, value_and_gradient

RNG = np.random.default_rng(3)
BATCH = 12
X = RNG.normal(size=(BATCH, 5)).astype(np.float32)
Y = np.array([0, 1, 2, 0, 1, 2, 0, 1, 3, 0, 0, 4], np.int32)
METRICS = ["L2", "squared-L2", "angular"]


def loss_of(labels, x=X, **options):
    return float(triplet_semihard_loss(labels, x, **options))


# Algebra


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(BATCH)), st.sampled_from(METRICS))
def test_order_of_the_batch_does_not_matter(order, metric):
    order = np.array(order)
    shuffled = triplet_semihard_loss(Y[order], X[order], 0.5, metric, reduction="none")
    straight = ops.convert_to_numpy(triplet_semihard_loss(Y, X, 0.5, metric, reduction="none"))
    np.testing.assert_allclose(ops.convert_to_numpy(shuffled), straight[order], rtol=2e-5, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=5, max_size=5, unique=True))
def test_names_of_the_labels_do_not_matter(names):
    renamed = np.array(names, np.int32)[Y]
    assert loss_of(renamed) == pytest.approx(loss_of(Y), rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=BATCH, max_size=BATCH),
    st.lists(st.integers(-2, 2), min_size=BATCH * 2, max_size=BATCH * 2),
    st.sampled_from([0.0, 0.5, 3.0]),
)
def test_grid_points_against_the_naive_loop(labels, points, margin):
    """Points of a small grid are full of duplicates and ties, and exact in float32."""
    x = np.array(points, np.float32).reshape(BATCH, 2)
    value, gradient = value_and_gradient(lambda x: triplet_semihard_loss(labels, x, margin, "squared-L2"), x)
    expected_value, expected = semi_hard_loss(x, labels, margin, "squared-L2")
    np.testing.assert_allclose(value, expected_value, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-5)


def test_mean_over_anchors_is_the_published_value():
    """Each anchor: Σ over its positives · batch / number of positive pairs."""
    cost, _, pairs = semi_hard(distance_matrix(X, "L2"), Y, 1.0)
    anchors = ops.convert_to_numpy(triplet_semihard_loss(Y, X, reduction="none"))
    np.testing.assert_allclose(anchors, cost * BATCH / pairs, rtol=1e-5, atol=1e-6)
    assert loss_of(Y) == pytest.approx(cost.sum() / pairs, rel=1e-5)
    assert float(TripletSemiHardLoss()(Y, X)) == pytest.approx(cost.sum() / pairs, rel=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_anchors_of_unequal_weight(mode):
    """Their gradient takes another way than that of a mean, whose weights are all one number."""
    weights = ops.convert_to_tensor(RNG.random(BATCH).astype(np.float32))
    labels = ops.convert_to_tensor(Y)

    def weighted(x):
        return ops.sum(weights * triplet_semihard_loss(labels, x, 0.5, reduction="none"))

    value, gradient = value_and_gradient(weighted, X, mode)
    cost, slopes, pairs = semi_hard(distance_matrix(X, "L2"), Y, 0.5)
    shares = ops.convert_to_numpy(weights) * BATCH / pairs
    np.testing.assert_allclose(value, (cost * shares).sum(), rtol=1e-5)
    np.testing.assert_allclose(gradient, gradient_of(X, shares[:, None] * slopes, "L2"), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("metric", ["L2", "squared-L2"])
def test_blocks_give_what_one_piece_gives(mode, metric):
    """100 points of a grid, 30 anchors at a time, so that the last block has 10 anchors of its own."""
    x = np.random.default_rng(4).integers(-3, 4, (100, 2)).astype(np.float32)
    labels = np.random.default_rng(5).integers(0, 30, 100).astype(np.int32)
    codes = ops.convert_to_tensor(labels)
    value, gradient = value_and_gradient(lambda x: triplet_semihard_loss(codes, x, 1.0, metric, block_size=30), x, mode)
    expected_value, expected = semi_hard_loss(x, labels, 1.0, metric)
    np.testing.assert_allclose(value, expected_value, rtol=1e-5)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-5)


# Labels


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_every_integer_width(dtype, as_tensor):
    labels = Y.astype(dtype)
    if as_tensor:
        labels = ops.convert_to_tensor(labels) if dtype != "uint64" or BACKEND != "torch" else labels
    assert loss_of(labels) == pytest.approx(loss_of(Y), rel=1e-6)


@pytest.mark.parametrize("labels", [Y.tolist(), Y[:, None], [f"class {y}" for y in Y], np.array([f"é{y}" for y in Y])])
def test_lists_columns_and_strings(labels):
    assert loss_of(labels) == pytest.approx(loss_of(Y), rel=1e-6)


def test_booleans():
    assert loss_of(Y > 1) == pytest.approx(loss_of((Y > 1).astype("int32")), rel=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16", "bfloat16", "float16"])
def test_large_labels_stay_distinct_under_every_policy(policy):
    """2²⁴ and 2²⁴ + 1 are one number in float32, 256 and 257 in bfloat16."""
    for low in (2**24, 256):
        labels = low + (np.arange(BATCH) % 2).astype(np.int32)
        loss = TripletSemiHardLoss(dtype=policy)
        apart, merged = float(loss(labels, X)), float(loss(np.full(BATCH, low, np.int32), X))
        assert apart == pytest.approx(loss_of(labels), rel=1e-2)
        assert merged == 0.0 < apart


def test_labels_beyond_2_to_the_53():
    labels = 2**53 + (np.arange(BATCH) % 2)
    assert loss_of(labels) == pytest.approx(loss_of(np.arange(BATCH) % 2), rel=1e-6)
    if BACKEND != "jax":  # whose tensors have no 64-bit integers unless the user asks for them
        assert loss_of(ops.convert_to_tensor(labels)) == pytest.approx(loss_of(np.arange(BATCH) % 2), rel=1e-6)


# Degenerate batches


DEGENERATE = {
    "no positives": (np.arange(6), RNG.normal(size=(6, 3))),
    "no negatives": (np.zeros(6, int), RNG.normal(size=(6, 3))),
    "one sample": (np.zeros(1, int), RNG.normal(size=(1, 3))),
    "no samples": (np.zeros(0, int), np.zeros((0, 3))),
    "identical": (np.arange(6) % 2, np.ones((6, 3))),
    "zero vectors": (np.arange(6) % 2, np.zeros((6, 3))),
    "one zero vector": (np.arange(6) % 2, np.eye(6, 3)),
}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", DEGENERATE)
def test_degenerate_batches_are_finite(kind, metric):
    labels, x = DEGENERATE[kind]
    value, gradient = value_and_gradient(
        lambda x: triplet_semihard_loss(labels, x, distance_metric=metric), x.astype(np.float32)
    )
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    if kind.startswith(("no ", "one sample")):
        assert value == 0
        assert not gradient.any()
    elif kind in ("identical", "zero vectors") and metric != "angular":
        assert value == 1  # margin + 0 − 0
    # NaN without positives: the real TensorFlow Addons divides by the number of pairs.
    addons = float(triplet_semihard_loss(labels, x.astype(np.float32), distance_metric=metric, degenerate="addons"))
    assert np.isnan(addons) == (kind in ("no positives", "one sample", "no samples"))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("labels", [Y, np.arange(BATCH), np.zeros(BATCH, int)], ids=["usual", "unpaired", "one class"])
def test_nan_is_not_hidden(bad, metric, labels):
    x = X.copy()
    x[3, 1] = bad
    labels = ops.convert_to_tensor(labels.astype("int32"))
    for mode in MODES[:2] if BACKEND != "torch" else MODES[:1]:
        value, _ = value_and_gradient(lambda x: triplet_semihard_loss(labels, x, distance_metric=metric), x, mode)
        assert np.isnan(value), mode


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_computed_in_float32(dtype):
    half = ops.cast(ops.convert_to_tensor(X), dtype)
    rounded = ops.convert_to_numpy(ops.cast(half, "float32"))
    value = triplet_semihard_loss(Y, half)
    assert keras.backend.standardize_dtype(value.dtype) == dtype
    assert float(value) == pytest.approx(loss_of(Y, rounded), rel=1e-2)


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has float64 only if the user asks for it")
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("block_size", [None, 5])
def test_float64_is_computed_in_float64(metric, block_size):
    x = X.astype(np.float64) / 3
    value, slope = value_and_gradient(lambda x: triplet_semihard_loss(Y, x, 1.0, metric, block_size=block_size), x)
    true_value, true_slope = semi_hard_loss(x, Y, 1.0, metric)
    assert value.dtype == np.float64
    np.testing.assert_allclose(value, true_value, rtol=1e-12)
    np.testing.assert_allclose(slope, true_slope, rtol=1e-9, atol=1e-12)


# Errors


@pytest.mark.parametrize(
    ("labels", "x", "options", "error", "message"),
    [
        (Y, X, {"distance_metric": "l2"}, ValueError, r"'L2', 'squared-L2', 'angular'.*distance_metric='l2'"),
        (Y, X, {"degenerate": "adons"}, ValueError, "'finite', 'addons'.*'adons'"),
        (Y, X, {"reduction": "sum"}, ValueError, "'mean', 'none', None.*'sum'"),
        (Y, X, {"margin": "1"}, TypeError, "margin.*number.*'1'"),
        (Y, X, {"margin": float("nan")}, ValueError, "finite.*nan"),
        (Y, X, {"block_size": 0}, ValueError, "block_size.*at least 1.*0"),
        (Y, X, {"block_size": 2.5}, TypeError, "block_size.*whole number.*2.5"),
        (Y, X[0], {}, ValueError, r"\[batch, dim\].*\(5,\)"),
        (Y, X[:, :, None], {}, ValueError, r"\[batch, dim\].*\(12, 5, 1\)"),
        (Y, X.astype(int), {}, TypeError, "floating point.*int"),
        (Y[:-1], X, {}, ValueError, "11 labels for 12"),
        (np.eye(12, 5, dtype=int), X, {}, ValueError, r"\(12, 5\).*argmax"),
        (Y + np.float32(0.5), X, {}, ValueError, "whole numbers.*encode_labels"),
        ([1, "a"] * 6, X, {"margin": None}, TypeError, "margin"),
        ([[1], [2, 3]] * 6, X, {}, (TypeError, ValueError), "labels|inhomogeneous"),
    ],
)
def test_wrong_input_raises(labels, x, options, error, message):
    with pytest.raises(error, match=message):
        triplet_semihard_loss(labels, x, **options)


def test_misspelt_option_of_the_class_raises():
    with pytest.raises(TypeError, match="soft"):
        TripletSemiHardLoss(soft=True)
    with pytest.raises(ValueError, match="squared"):
        TripletSemiHardLoss(distance_metric="squared-l2")
    with pytest.raises(ValueError, match="reduction"):
        TripletSemiHardLoss(reduction="average")


# Keras


def small_model(policy="float32"):
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, activation="relu", dtype=policy),
            keras.layers.Dense(4, dtype=policy),
            keras.layers.UnitNormalization(dtype=policy),
        ]
    )


DATA = RNG.normal(size=(70, 6)).astype(np.float32)
LABELS = (DATA[:, 0] > 0).astype(np.int32) + 2 * (DATA[:, 1] > 0).astype(np.int32)


def feed(kind):
    """70 samples in batches of 32: the last batch has 6."""
    if kind == "tf.data":
        tf = pytest.importorskip("tensorflow")
        return {"x": tf.data.Dataset.from_tensor_slices((DATA, LABELS)).batch(32)}
    if kind == "DataLoader":
        torch = pytest.importorskip("torch")
        pairs = torch.utils.data.TensorDataset(torch.tensor(DATA), torch.tensor(LABELS))
        return {"x": torch.utils.data.DataLoader(pairs, batch_size=32)}
    if kind == "PyDataset":

        class Batches(keras.utils.PyDataset):
            def __len__(self):
                return 3

            def __getitem__(self, step):
                part = slice(32 * step, 32 * step + 32)
                return DATA[part], LABELS[part]

        return {"x": Batches()}
    return {"x": DATA, "y": LABELS, "batch_size": 32}


@pytest.mark.parametrize(
    ("kind", "jit", "policy"),
    [
        ("arrays", False, "float32"),
        ("arrays", True, "float32"),
        ("arrays", False, "mixed_float16"),
        ("arrays", False, "mixed_bfloat16"),
        ("tf.data", False, "float32"),
        ("DataLoader", False, "float32"),
        ("PyDataset", False, "float32"),
    ],
)
def test_fit_and_evaluate(kind, jit, policy):
    if jit and BACKEND == "torch":
        jit = False  # Keras itself does not compile training on PyTorch by default
    model = small_model(policy)
    model.compile(keras.optimizers.Adam(0.02), loss=TripletSemiHardLoss(), jit_compile=jit)
    before = model.evaluate(**feed(kind), verbose=0)
    embeddings = model.predict(DATA, batch_size=32, verbose=0).astype(np.float32)
    parts = [slice(0, 32), slice(32, 64), slice(64, 70)]
    sizes = np.array([32, 32, 6])
    expected = [semi_hard_loss(embeddings[p], LABELS[p], 1.0, "L2")[0] for p in parts]
    assert before == pytest.approx(np.average(expected, weights=sizes), rel=1e-4 if policy == "float32" else 5e-2)
    with all_optimizations():
        model.fit(**feed(kind), epochs=12, verbose=0)
    assert model.evaluate(**feed(kind), verbose=0) < 0.9 * before


def test_sample_weights_weigh_anchors():
    weights = RNG.random(BATCH).astype(np.float32)
    cost, _, pairs = semi_hard(distance_matrix(X, "L2"), Y, 1.0)
    value = TripletSemiHardLoss()(Y, X, sample_weight=weights)
    assert float(value) == pytest.approx((cost * weights).sum() / pairs, rel=1e-5)
    ones = TripletSemiHardLoss()(Y, X, sample_weight=np.ones(BATCH, np.float32))
    assert float(ones) == pytest.approx(cost.sum() / pairs, rel=1e-5)


def test_two_outputs():
    inputs = keras.Input((6,))
    hidden = keras.layers.Dense(8)(inputs)
    outputs = {
        "embedding": keras.layers.UnitNormalization(name="embedding")(hidden),
        "size": keras.layers.Dense(1, name="size")(hidden),
    }
    model = keras.Model(inputs, outputs)
    model.compile("adam", loss={"embedding": TripletSemiHardLoss(), "size": "mse"})
    history = model.fit(DATA, {"embedding": LABELS, "size": DATA[:, 0]}, epochs=1, verbose=0).history
    assert all(np.isfinite(history[key][0]) for key in ("loss", "embedding_loss", "size_loss"))


@keras.saving.register_keras_serializable(package="semihard_tests")
def manhattan(x):
    return ops.sum(ops.abs(x[:, None] - x[None]), axis=-1)


@pytest.mark.parametrize("metric", [*METRICS, manhattan])
def test_config_round_trip(metric):
    loss = TripletSemiHardLoss(
        0.25, metric, name="mine", degenerate="addons", block_size=7, reduction="sum", dtype="float16"
    )
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
    assert again.distance_metric == metric
    assert again.dtype == "float16"
    assert float(again(Y, X)) == float(loss(Y, X))


def test_callable_distance_sees_the_batch_in_its_order():
    matrix = ops.convert_to_tensor(distance_matrix(X, "L2").astype(np.float32))
    assert loss_of(Y, distance_metric=lambda x: matrix) == pytest.approx(loss_of(Y), rel=1e-5)
    value, _ = value_and_gradient(lambda x: triplet_semihard_loss(Y, x, 1.0, manhattan), X)
    city = np.abs(X[:, None] - X[None]).sum(-1)
    cost, _, pairs = semi_hard(city, Y, 1.0)
    assert float(value) == pytest.approx(cost.sum() / pairs, rel=1e-5)


SAVED = Path(__file__).parents[1] / "fixtures"


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_models_saved_on_every_backend_load_on_this_one(backend):
    """The fixtures come from tests/fixtures/make_saved.py; what they predicted there is in the archive beside them."""
    model = keras.models.load_model(SAVED / f"saved_on_{backend}.keras")
    saved = np.load(SAVED / f"saved_on_{backend}.npz")
    assert isinstance(model.loss, TripletSemiHardLoss)
    assert model.loss.margin == 0.3
    np.testing.assert_allclose(model.predict(saved["x"], verbose=0), saved["embeddings"], rtol=1e-4, atol=1e-5)
    assert model.evaluate(saved["x"], saved["y"], batch_size=20, verbose=0) == pytest.approx(saved["loss"], rel=1e-4)


def test_save_and_load_here(tmp_path):
    model = small_model()
    model.compile("adam", loss=TripletSemiHardLoss(0.4, "angular"))
    model.fit(DATA, LABELS, epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.loss.get_config() == model.loss.get_config()
    np.testing.assert_allclose(again.predict(DATA, verbose=0), model.predict(DATA, verbose=0), rtol=1e-5)

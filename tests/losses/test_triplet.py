"""TripletLoss: every combination of its options against loops over triplets, algebra, degenerate batches, saving."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard.losses import TripletLoss, triplet_loss
from semihard.relations import GivenPairs, SameLabel
from tests.losses.saving import saved_and_loaded
from tests.oracles.triplet import distance_matrix, gradient
from tests.oracles.triplet_loss import masks, per_anchor
from tests.oracles.triplet_loss import triplet_loss as oracle
from tests.programs import BACKEND, MODES, to_numpy, value_and_gradient

RNG = np.random.default_rng(3)
BATCH = 12
X = RNG.normal(size=(BATCH, 5)).astype(np.float32)
Y = np.array([0, 1, 2, 0, 1, 2, 0, 1, 3, 0, 0, 4], np.int32)
METRICS = ["L2", "squared-L2", "angular"]
MINING = [
    {"positives": positives, "negatives": negatives, **fallback}
    for positives in ("all", "hardest", "easiest")
    for negatives in ("semi_hard", "hardest", "all", "all_semi_hard", "all_hard")
    for fallback in ([{}, {"fallback": "none"}] if negatives == "semi_hard" else [{}])
]
# One of each program.
PROGRAMS = [
    {"negatives": "semi_hard", "fallback": "none", "average": "active"},
    {"negatives": "hardest"},
    {"negatives": "all", "average": "active"},
    {"negatives": "all_semi_hard"},
    {"negatives": "all", "margin": "soft"},
    {"positives": "hardest", "negatives": "semi_hard"},
    {"positives": "easiest", "negatives": "all", "average": "active"},
]
# One mode in which everything runs: compiling takes seconds.
EVERY = "jit" if BACKEND == "jax" else "eager"


def name(options) -> str:
    return "-".join(map(str, options.values()))


def loss_of(labels, x=X, **options):
    return float(triplet_loss(labels, x, **options))


def loops(x, labels, **options):
    return oracle(x, labels, options.pop("margin", 1.0), options.pop("metric", "L2"), **options)


# Values and gradients


@pytest.mark.parametrize(("margin", "average"), [(1.0, "all"), (0.4, "active"), ("soft", "all")])
@pytest.mark.parametrize("mining", MINING, ids=name)
def test_anchors_against_loops(mining, margin, average):
    """Anchors of unequal weight, whose gradient takes another way than that of a mean; labels 3 and 4 are alone."""
    if margin == "soft" and mining["negatives"] == "all_semi_hard":
        pytest.skip("a contradiction")
    weights, labels = RNG.random(BATCH).astype(np.float32), ops.convert_to_tensor(Y)

    def weighted(x):
        values = triplet_loss(labels, x, margin, **mining, average=average, reduction="none")
        return ops.convert_to_tensor(weights) * values

    value, slope = value_and_gradient(weighted, X, EVERY)
    cost, slopes = per_anchor(distance_matrix(X, "L2"), *masks(Y), margin, **mining, average=average)
    np.testing.assert_allclose(value, weights * cost, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope, gradient(X, weights[:, None] * slopes, "L2"), rtol=1e-4, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=BATCH, max_size=BATCH),
    st.lists(st.integers(-2, 2), min_size=BATCH * 2, max_size=BATCH * 2),
    st.sampled_from(MINING),
    st.sampled_from([0.0, 1.0, 3.0]),
    st.sampled_from(["all", "active"]),
)
def test_grid_points_against_loops(labels, points, mining, margin, average):
    """Points of a small grid are full of duplicates, ties and hinges at exactly 0, and exact in float32."""
    x, labels = np.array(points, np.float32).reshape(BATCH, 2), np.array(labels, np.int32)
    codes = ops.convert_to_tensor(labels)

    def loss(x):
        return triplet_loss(codes, x, margin, "squared-L2", **mining, average=average)

    value, slope = value_and_gradient(loss, x)
    true_value, true_slope = oracle(x, labels, margin, "squared-L2", **mining, average=average)
    np.testing.assert_allclose(value, true_value, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope, true_slope, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != EVERY])
@pytest.mark.parametrize("options", PROGRAMS, ids=name)
def test_every_program_in_every_mode(options, mode):
    labels = ops.convert_to_tensor(Y)
    value, slope = value_and_gradient(lambda x: triplet_loss(labels, x, **options), X, mode)
    true_value, true_slope = loops(X, Y, **options)
    np.testing.assert_allclose(value, true_value, rtol=1e-5)
    np.testing.assert_allclose(slope, true_slope, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("options", PROGRAMS, ids=name)
def test_every_distance(options, metric):
    value, slope = value_and_gradient(lambda x: triplet_loss(Y, x, distance_metric=metric, **options), X)
    true_value, true_slope = loops(X, Y, metric=metric, **options)
    np.testing.assert_allclose(value, true_value, rtol=1e-5)
    np.testing.assert_allclose(slope, true_slope, rtol=1e-4, atol=1e-5)


# Blocks of anchors


@pytest.mark.parametrize("block_size", [1, 5, BATCH])
@pytest.mark.parametrize("options", PROGRAMS, ids=name)
def test_blocks_of_anchors_against_loops(options, block_size):
    """The last block of five reaches back; anchors of unequal weight, whose gradient takes a pass of its own."""
    weights, labels = RNG.random(BATCH).astype(np.float32), ops.convert_to_tensor(Y)

    def weighted(x):
        values = triplet_loss(labels, x, **options, reduction="none", block_size=block_size)
        return ops.convert_to_tensor(weights) * values

    value, slope = value_and_gradient(weighted, X, EVERY)
    options = {"margin": 1.0, **options}
    cost, slopes = per_anchor(distance_matrix(X, "L2"), *masks(Y), **options)
    np.testing.assert_allclose(value, weights * cost, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope, gradient(X, weights[:, None] * slopes, "L2"), rtol=1e-4, atol=1e-5)


@settings(max_examples=30)
@given(
    st.lists(st.integers(0, 3), min_size=BATCH, max_size=BATCH),
    st.lists(st.integers(-2, 2), min_size=BATCH * 2, max_size=BATCH * 2),
    st.sampled_from(MINING),
    st.sampled_from(["all", "active"]),
)
def test_blocks_of_grid_points_against_loops(labels, points, mining, average):
    x, labels = np.array(points, np.float32).reshape(BATCH, 2), np.array(labels, np.int32)
    codes = ops.convert_to_tensor(labels)

    def loss(x):
        return triplet_loss(codes, x, 1.0, "squared-L2", **mining, average=average, block_size=5)

    value, slope = value_and_gradient(loss, x)
    true_value, true_slope = oracle(x, labels, 1.0, "squared-L2", **mining, average=average)
    np.testing.assert_allclose(value, true_value, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope, true_slope, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("options", PROGRAMS, ids=name)
def test_no_strategy_holds_a_matrix_of_the_batch(options, monkeypatch):
    """Row blocks of 8 of 64 anchors: no array of a step is as large as 64 x 64."""
    from semihard.mining import _on_host, blockwise

    seen, mine = [], blockwise._pairs

    def pairs(inputs, metric):
        found = mine(inputs, metric)
        seen.append(tuple(found.distances.shape))
        return found

    monkeypatch.setattr(blockwise, "_pairs", pairs)
    monkeypatch.setattr(_on_host, "can_mine", lambda _: False)
    y, x = np.arange(64) % 7, RNG.normal(size=(64, 3)).astype(np.float32)
    value_and_gradient(lambda x: triplet_loss(y, x, **options, block_size=8, reduction="none"), x)
    assert seen and set(seen) == {(8, 64)}


@pytest.mark.parametrize("bad", [0, -1, 2.5, "all"])
def test_a_block_has_a_whole_number_of_anchors(bad):
    with pytest.raises((TypeError, ValueError), match="block_size"):
        TripletLoss(block_size=bad)


def test_a_default_that_is_named_takes_the_same_way():
    from semihard.mining import engine

    for relation in (SameLabel(), SameLabel(ignore=()), None):
        ways = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine, "values_by_masks", lambda *_: pytest.fail("masks of [batch, batch]"))
            ways.append(loss_of(Y, relation=relation, fallback="farthest", positives="all", negatives="semi_hard"))
        assert ways == [loss_of(Y)]


# Algebra


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(BATCH)), st.sampled_from(PROGRAMS))
def test_order_of_the_batch_does_not_matter(order, options):
    order = np.array(order)
    shuffled = triplet_loss(Y[order], X[order], **options, reduction="none")
    straight = to_numpy(triplet_loss(Y, X, **options, reduction="none"))
    np.testing.assert_allclose(to_numpy(shuffled), straight[order], rtol=2e-5, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=5, max_size=5, unique=True), st.sampled_from(PROGRAMS))
def test_names_of_the_labels_do_not_matter(names, options):
    assert loss_of(np.array(names, np.int32)[Y], **options) == pytest.approx(loss_of(Y, **options), rel=1e-5)


@pytest.mark.parametrize("negatives", ["all", "all_semi_hard", "all_hard", "hardest"])
def test_all_and_active_are_one_sum_over_two_counts(negatives):
    """Their ratio is the share of active triplets."""
    over_all, over_active = (loss_of(Y, negatives=negatives, margin=0.5, average=a) for a in ("all", "active"))
    excess = 0.5 + distance_matrix(X, "L2")[:, :, None] - distance_matrix(X, "L2")[:, None, :]
    positive, negative = masks(Y)
    triplets = positive[:, :, None] & negative[:, None, :]
    if negatives == "all_semi_hard":
        triplets &= (excess > 0) & (excess < 0.5)
    elif negatives == "all_hard":
        triplets &= excess >= 0.5
    elif negatives == "hardest":
        nearest = np.where(negative, distance_matrix(X, "L2"), np.inf).argmin(1)
        triplets &= np.eye(BATCH, dtype=bool)[nearest][:, None, :]
    assert over_all / over_active == pytest.approx((triplets & (excess > 0)).sum() / triplets.sum(), rel=1e-5)


# Who is positive and who negative


def nearer_half(distances, positive, negative):
    """The negatives that are nearer than the anchor's mean negative."""
    amount = ops.cast(negative, distances.dtype)
    mean = ops.sum(amount * distances, axis=1, keepdims=True) / ops.sum(amount, axis=1, keepdims=True)
    return distances < mean


@pytest.mark.parametrize(("positives", "mode"), [("hardest", EVERY), *(("all", mode) for mode in MODES)])
def test_a_callable_chooses_negatives(positives, mode):
    labels = ops.convert_to_tensor(Y)

    def loss(x):
        return triplet_loss(labels, x, positives=positives, negatives=nearer_half)

    value, slope = value_and_gradient(loss, X, mode)
    distances, (positive, negative) = distance_matrix(X, "L2"), masks(Y)
    mean = np.where(negative, distances, 0).sum(1, keepdims=True) / negative.sum(1, keepdims=True)
    cost, slopes = per_anchor(distances, positive, negative & (distances < mean), positives=positives, negatives="all")
    np.testing.assert_allclose(value, cost.mean(), rtol=1e-5)
    np.testing.assert_allclose(slope, gradient(X, slopes, "L2") / BATCH, rtol=1e-4, atol=1e-5)


def test_a_callable_cannot_make_negatives():
    everything = loss_of(Y, negatives=lambda distances, positive, negative: distances >= 0)
    assert everything == pytest.approx(loss_of(Y, negatives="all"), rel=1e-5)
    assert loss_of(Y, negatives=lambda distances, positive, negative: distances < 0) == 0


@pytest.mark.parametrize(
    ("options", "mode"),
    [*((options, EVERY) for options in [*PROGRAMS, {}]), *((PROGRAMS[2], mode) for mode in MODES if mode != EVERY)],
)
def test_given_pairs(options, mode):
    """Masks that no labels make: neither symmetric nor complete."""
    pairs = np.random.default_rng(5).integers(-1, 2, (BATCH, BATCH)).astype(np.int32)
    pairs[2], pairs[3] = np.minimum(pairs[2], 0), np.maximum(pairs[3], 0)
    np.fill_diagonal(pairs, 0)
    given_pairs = ops.convert_to_tensor(pairs)
    value, slope = value_and_gradient(lambda x: triplet_loss(given_pairs, x, relation=GivenPairs(), **options), X, mode)
    arguments = {"margin": 1.0, **options}
    cost, slopes = per_anchor(distance_matrix(X, "L2"), pairs == 1, pairs == -1, **arguments)
    np.testing.assert_allclose(value, cost.mean(), rtol=1e-5)
    np.testing.assert_allclose(slope, gradient(X, slopes, "L2") / BATCH, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("options", [*PROGRAMS, {}], ids=name)
def test_the_default_relation_is_that_of_labels(options):
    straight, spelled = (
        value_and_gradient(lambda x, r=relation: triplet_loss(Y, x, relation=r, **options), X)
        for relation in (None, SameLabel())
    )
    np.testing.assert_allclose(straight[0], spelled[0], rtol=1e-5)
    np.testing.assert_allclose(straight[1], spelled[1], rtol=1e-4, atol=1e-6)


# Labels, precision, degenerate batches


@pytest.mark.parametrize("labels", [Y.tolist(), Y[:, None], Y.astype("uint8"), [f"class {y}" for y in Y]])
@pytest.mark.parametrize("relation", [None, SameLabel()])
def test_forms_of_the_labels(labels, relation):
    options = {"negatives": "all", "relation": relation}
    assert loss_of(labels, **options) == pytest.approx(loss_of(Y, negatives="all"), rel=1e-5)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "float16"])
def test_large_labels_stay_distinct_under_every_policy(policy):
    """2²⁴ and 2²⁴ + 1 are one number in float32, 256 and 257 in bfloat16."""
    for low in (2**24, 256):
        loss = TripletLoss(negatives="all", dtype=policy)
        labels = low + (np.arange(BATCH) % 2).astype(np.int32)
        assert float(loss(labels, X)) == pytest.approx(loss_of(np.arange(BATCH) % 2, negatives="all"), rel=1e-2)


DEGENERATE = {
    "no positives": (np.arange(6), RNG.normal(size=(6, 3))),
    "no negatives": (np.zeros(6, int), RNG.normal(size=(6, 3))),
    "one sample": (np.zeros(1, int), RNG.normal(size=(1, 3))),
    "no samples": (np.zeros(0, int), np.zeros((0, 3))),
    "identical": (np.arange(6) % 2, np.ones((6, 3))),
    "zero vectors": (np.arange(6) % 2, np.zeros((6, 3))),
}


@pytest.mark.parametrize("relation", [None, SameLabel()])
@pytest.mark.parametrize("options", PROGRAMS, ids=name)
@pytest.mark.parametrize("kind", DEGENERATE)
def test_degenerate_batches_are_finite(kind, options, relation):
    labels, x = DEGENERATE[kind]
    value, slope = value_and_gradient(
        lambda x: triplet_loss(labels, x, relation=relation, **options), x.astype(np.float32)
    )
    assert np.isfinite(slope).all()
    if kind.startswith(("no ", "one ")):
        assert value == 0
        assert not slope.any()
    else:
        assert value == pytest.approx(loops(x, labels, **options)[0], rel=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("options", PROGRAMS, ids=name)
@pytest.mark.parametrize("labels", [Y, np.arange(BATCH), np.zeros(BATCH, int)], ids=["usual", "unpaired", "one class"])
def test_nan_is_not_hidden(bad, options, labels):
    x = X.copy()
    x[3, 1] = bad
    assert np.isnan(loss_of(labels, x, **options))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("options", PROGRAMS, ids=name)
def test_half_precision_is_computed_in_float32(options, dtype):
    half = ops.cast(ops.convert_to_tensor(X), dtype)
    value = triplet_loss(Y, half, **options)
    assert keras.backend.standardize_dtype(value.dtype) == dtype
    assert float(value) == float(ops.cast(triplet_loss(Y, ops.cast(half, "float32"), **options), dtype))


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has float64 only if the user asks for it")
@pytest.mark.parametrize("relation", [None, SameLabel()])
@pytest.mark.parametrize("options", PROGRAMS, ids=name)
def test_float64_is_computed_in_float64(options, relation):
    x = X.astype(np.float64) / 3
    value, slope = value_and_gradient(lambda x: triplet_loss(Y, x, relation=relation, **options), x)
    true_value, true_slope = loops(x, Y, **options)
    assert value.dtype == np.float64
    np.testing.assert_allclose(value, true_value, rtol=1e-12)
    np.testing.assert_allclose(slope, true_slope, rtol=1e-9, atol=1e-12)


# Errors, Keras


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"distance_metric": "l2"}, ValueError, r"'L2', 'squared-L2', 'angular'.*distance_metric='l2'"),
        ({"positives": "hard"}, ValueError, "'all', 'hardest', 'easiest'.*'hard'"),
        (
            {"negatives": "semihard"},
            ValueError,
            "'semi_hard', 'hardest', 'all', 'all_semi_hard', 'all_hard'.*'semihard'",
        ),
        ({"fallback": None}, ValueError, "'farthest', 'none'.*None"),
        ({"average": "nonzero"}, ValueError, "'all', 'active'.*'nonzero'"),
        ({"margin": "softmax"}, ValueError, "'soft'.*'softmax'"),
        ({"margin": None}, TypeError, "margin.*number.*None"),
        ({"margin": float("inf")}, ValueError, "finite.*inf"),
        ({"relation": "same"}, TypeError, "relation.*'same'"),
        ({"margin": "soft", "negatives": "all_semi_hard"}, ValueError, "number as `margin`.*'soft'"),
        ({"negatives": "all", "fallback": "none"}, ValueError, "fallback='none'.*negatives='all'"),
    ],
)
def test_wrong_options_raise(options, error, message):
    with pytest.raises(error, match=message):
        triplet_loss(Y, X, **options)
    with pytest.raises(error, match=message):
        TripletLoss(**options)


@pytest.mark.parametrize(
    ("labels", "x", "options", "error", "message"),
    [
        (Y, X, {"reduction": "sum"}, ValueError, "'mean', 'none', None.*'sum'"),
        (Y, X[:, :, None], {}, ValueError, r"\[batch, dim\].*\(12, 5, 1\)"),
        (Y[:-1], X, {"negatives": "all"}, ValueError, "11 labels for 12"),
        (Y + np.float32(0.5), X, {"negatives": "all"}, ValueError, "whole numbers.*encode_labels"),
        (Y, X, {"negatives": lambda d, p, n: d}, TypeError, "boolean mask.*float32"),
        (Y, X, {"negatives": lambda d, p, n: n[0]}, TypeError, r"boolean mask.*\(12, 12\).*\(12,\)"),
        (Y, X, {"negatives": lambda d, p, n: None}, TypeError, "boolean mask.*NoneType"),
    ],
)
def test_wrong_input_raises(labels, x, options, error, message):
    with pytest.raises(error, match=message):
        triplet_loss(labels, x, **options)


def test_sample_weights_weigh_anchors():
    weights = RNG.random(BATCH).astype(np.float32)
    cost, _ = per_anchor(distance_matrix(X, "L2"), *masks(Y), negatives="all")
    found = TripletLoss(negatives="all")(Y, X, sample_weight=weights)
    assert float(found) == pytest.approx((cost * weights).mean(), rel=1e-5)


@keras.saving.register_keras_serializable(package="semihard_tests_triplets")
def manhattan(x):
    return ops.sum(ops.abs(x[:, None] - x[None]), axis=-1)


registered_half = keras.saving.register_keras_serializable(package="semihard_tests_triplets")(nearer_half)


@pytest.mark.parametrize(
    "options",
    [
        {"margin": 0.25, "distance_metric": manhattan, "positives": "easiest", "average": "active"},
        {"margin": "soft", "distance_metric": "angular", "negatives": registered_half, "reduction": "sum"},
        {"margin": 2.0, "fallback": "none", "relation": SameLabel(ignore=(3,)), "name": "mine", "dtype": "float16"},
    ],
)
def test_config_round_trip(options):
    loss = TripletLoss(**options)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
    assert again.options == loss.options
    assert float(again(Y, X)) == float(loss(Y, X))


@pytest.mark.parametrize("jit", [False, True] if BACKEND != "torch" else [False])
@pytest.mark.parametrize("options", [{"negatives": "all", "average": "active"}, {"margin": "soft"}], ids=name)
def test_train_save_and_load(tmp_path, options, jit):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
    again = saved_and_loaded(model, TripletLoss(**options), X, Y, tmp_path, jit)
    assert again.evaluate(X, Y, verbose=0) == pytest.approx(
        loops(again.predict(X, verbose=0), Y, **options)[0], rel=1e-4
    )


# Naming a default, or leaving pairs out, is no reason to hold all distances


@pytest.mark.parametrize(
    "options",
    [
        {"relation": SameLabel()},
        {"fallback": "none"},
        {"average": "active"},
        {"fallback": "none", "average": "active"},
        {"positives": "hardest", "negatives": "hardest"},
        {"negatives": "all", "average": "active"},
    ],
    ids=name,
)
@pytest.mark.parametrize("metric", METRICS)
def test_triplets_are_mined_by_rows(options, metric, monkeypatch):
    """No matrix of all distances is made before mining; values and gradients are those of the loops."""
    monkeypatch.setattr("semihard.mining.engine.distances.of_anchors", None)
    monkeypatch.setattr("semihard.mining.engine.distances.function", None)
    x, labels = RNG.normal(size=(40, 3)).astype(np.float32), RNG.integers(0, 10, 40)
    value, slope = value_and_gradient(lambda x: triplet_loss(labels, x, 0.3, metric, **options), x, EVERY)
    options = {key: option for key, option in options.items() if key != "relation"}
    expected, gradients = loops(x, labels, margin=0.3, metric=metric, **options)
    np.testing.assert_allclose(value, expected, rtol=2e-5)
    np.testing.assert_allclose(slope, gradients, rtol=1e-3, atol=1e-5 * np.abs(gradients).max())

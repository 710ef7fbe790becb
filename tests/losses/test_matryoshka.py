"""MatryoshkaLoss: for each of the fifteen losses the sum of what it says of each size, compiled, saved and trained."""

import keras
import numpy as np
import pytest
from keras import ops

from semihard.layers import CosineClassifier
from semihard.losses import (
    ArcFaceLoss,
    CosFaceLoss,
    MatryoshkaLoss,
    Memory,
    NpairsLoss,
    SupervisedContrastiveLoss,
    TripletLoss,
    TripletSemiHardLoss,
)
from semihard.models import CrossBatchMemory
from tests.losses.contracts import BATCH, CASES, EMBEDDINGS
from tests.programs import BACKEND, MODES, to_numpy, value_and_gradient

EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: case.loss.__name__)
DIMS, WEIGHTS = [1, 3], [0.5, 2.0]


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def of_case(case, kind="usual"):
    """Labels, what the wrapped loss takes, and what the loss itself takes at each size."""
    y, x = case.inputs.of(kind)
    if case.inputs is EMBEDDINGS:
        return y, x, [unit(x[:, :dim]) for dim in DIMS]
    parts = [x, np.float32(0.7) * x]
    stacked = np.stack(parts, axis=1)
    return y, stacked if stacked.ndim == 3 else stacked[..., None], parts


def wrapped(case, **options):
    return MatryoshkaLoss(case.loss(**case.options), dims=DIMS, weights=WEIGHTS, **options)


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5 * max(1.0, np.abs(b).max(initial=0)))


@EVERY
def test_it_is_the_weighted_sum_over_sizes(case):
    """By the naive loops, anchor by anchor; the mean is Keras's, and weighs samples."""
    y, x, parts = of_case(case)
    expected = sum(w * case.oracle(y, part, **case.options) for w, part in zip(WEIGHTS, parts, strict=True))
    close(to_numpy(wrapped(case, reduction=None)(y, x)), expected)
    weights = np.arange(1.0, 1 + BATCH, dtype=np.float32)
    close(float(wrapped(case)(y, x, sample_weight=weights)), (weights * expected).mean())


@EVERY
def test_order_does_not_matter(case):
    y, x, _ = of_case(case)
    order = np.random.default_rng(1).permutation(BATCH)
    shuffled = x[order]
    if case.inputs.permuted.__name__ == "rows_and_columns":
        shuffled = shuffled[:, :, order]
    values = to_numpy(wrapped(case, reduction=None)(y, x))
    close(to_numpy(wrapped(case, reduction=None)(y[order], shuffled)), values[order])


@EVERY
def test_it_is_saved_with_the_loss_in_it(case):
    loss = wrapped(case, normalize=False, name="mine")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again.loss) is case.loss
    assert again.get_config() == loss.get_config()
    assert (again.dims, again.weights, again.normalize) == (DIMS, WEIGHTS, False)
    assert again.takes_memory == case.loss(**case.options).takes_memory
    assert {option: again.loss.get_config()[option] for option in case.options} == case.options


# What is compiled on PyTorch takes half a minute, whatever it is; that it is one graph is seen in a second.
@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "compiled"])
def test_gradients_compiled_and_eager_are_the_sums_of_the_parts(mode):
    """Of a loss over pairs and one over classes, in one program; the parts' own are tested with them."""
    rng = np.random.default_rng(2)
    y = ops.convert_to_tensor(np.array([0, 1, 2, 0, 1, 0, 1, 2], np.int32))
    x = rng.normal(size=(8, 6)).astype("float32")
    pairs, classes = SupervisedContrastiveLoss(0.5), CosFaceLoss(0.2, 8.0)

    def whole(x):
        stacked = ops.stack([x[:, :3] / 4.0, x[:, 3:] / 4.0], axis=1)
        return MatryoshkaLoss(pairs, [2, 6], [0.5, 2.0])(y, x) + MatryoshkaLoss(classes, [2, 6])(y, stacked)

    def by_hand(x):
        return 0.5 * pairs(y, x[:, :2]) + 2.0 * pairs(y, x) + classes(y, x[:, :3] / 4.0) + classes(y, x[:, 3:] / 4.0)

    for found, expected in zip(value_and_gradient(whole, x, mode), value_and_gradient(by_hand, x), strict=True):
        close(found, expected)  # a cosine is the same of any length


if BACKEND == "torch":
    import torch

    def test_it_is_one_graph():
        y, x = CASES[0].inputs.of("usual")
        y, x = torch.from_numpy(y), torch.from_numpy(x)
        loss = MatryoshkaLoss(SupervisedContrastiveLoss(0.5), DIMS)
        traced = torch.compile(lambda x: loss(y, x), fullgraph=True, backend="eager")
        close(to_numpy(traced(x)), to_numpy(loss(y, x)))


def test_one_size_is_the_loss_itself_and_what_is_no_embedding_of_unit_length_stays():
    y, x = CASES[0].inputs.of("usual")
    loss = TripletLoss(margin=0.7, negatives="all")
    close(float(MatryoshkaLoss(loss, [3], normalize=False)(y, x)), float(loss(y, x)))
    close(float(MatryoshkaLoss(loss, [3])(y, x)), float(loss(y, unit(x))))
    assert np.isnan(float(MatryoshkaLoss(loss, [1])(y, np.where(np.arange(3) == 0, np.nan, x).astype("float32"))))
    zeros = value_and_gradient(lambda x: MatryoshkaLoss(loss, [1, 3])(y, x), np.zeros_like(x))
    assert all(np.isfinite(part).all() for part in zeros)


def test_half_precision_is_computed_in_float32():
    y, x = CASES[0].inputs.of("usual")
    half = ops.cast(ops.convert_to_tensor(x), "bfloat16")
    loss = MatryoshkaLoss(SupervisedContrastiveLoss(), [1, 3], dtype="bfloat16", reduction=None)
    found = loss(y, half)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    wide = MatryoshkaLoss(SupervisedContrastiveLoss(), [1, 3], reduction=None)(y, ops.cast(half, "float32"))
    np.testing.assert_array_equal(to_numpy(found), to_numpy(ops.cast(wide, "bfloat16")))


def test_a_memory_is_cut_off_too():
    y, x = CASES[0].inputs.of("usual")
    older = Memory(y[:3], 2 * x[:3])
    loss = SupervisedContrastiveLoss(0.5)
    parts = [float(loss(y, unit(x[:, :dim]), memory=Memory(y[:3], unit(x[:3, :dim])))) for dim in DIMS]
    close(float(MatryoshkaLoss(loss, DIMS)(y, x, memory=older)), sum(parts))
    with pytest.raises(TypeError, match="takes a memory"):
        MatryoshkaLoss(TripletSemiHardLoss(), DIMS)(y, x, memory=older)


def test_the_layer_gives_cosines_of_prefixes():
    """To the first numbers of the class vectors, of the nearest of two centers; saved, and as a shape."""
    layer = CosineClassifier(3, centers=2, dims=[2, 5])
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    found = to_numpy(layer(x))
    vectors = to_numpy(layer.vectors).reshape(3, 2, 5)
    for place, dim in enumerate((2, 5)):
        for i, c in np.ndindex(4, 3):
            cosines = [v[:dim] @ x[i, :dim] / np.linalg.norm(v[:dim]) / np.linalg.norm(x[i, :dim]) for v in vectors[c]]
            assert found[i, place, c] == pytest.approx(max(cosines), abs=1e-5)
    assert layer.compute_output_shape((None, 5)) == (None, 2, 3)
    assert CosineClassifier.from_config(layer.get_config()).dims == (2, 5)
    with pytest.raises(ValueError, match=r"at least 5 numbers, the largest of `dims`. Received: 4"):
        CosineClassifier(3, dims=[2, 5]).build((None, 4))
    with pytest.raises(ValueError, match="`dims` to be at least one number, ascending"):
        CosineClassifier(3, dims=[5, 2])


def test_a_model_trains_and_is_saved_and_loaded(tmp_path):
    """By `fit`, with an output each of embeddings, of cosines and of similarities at two sizes."""
    keras.utils.set_random_seed(0)
    rng, dims = np.random.default_rng(0), [2, 8]
    y = np.arange(24) % 4
    x = (rng.normal(size=(4, 6))[y] + 0.3 * rng.normal(size=(24, 6))).astype("float32")
    given = keras.Input((6,))
    z = keras.layers.UnitNormalization(name="pairs")(keras.layers.Dense(8)(given))
    similar = ops.stack([z[:, :m] @ ops.transpose(z[:, :m]) for m in dims], axis=1)
    outputs = {"pairs": z, "classes": CosineClassifier(4, dims=dims, name="classes")(z), "similar": similar}
    inner = {"pairs": SupervisedContrastiveLoss(0.5), "classes": ArcFaceLoss(0.2, 8.0), "similar": NpairsLoss()}
    model = keras.Model(given, outputs)
    losses = {name: MatryoshkaLoss(loss, dims) for name, loss in inner.items()}
    model.compile(keras.optimizers.Adam(0.05), loss=losses, jit_compile=BACKEND == "jax")
    labels = dict.fromkeys(outputs, y)
    history = model.fit(x, labels, batch_size=24, epochs=4, verbose=0).history
    assert all(history[f"{name}_loss"][-1] < history[f"{name}_loss"][0] for name in outputs)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for name, loss in losses.items():
        assert again.loss[name].get_config() == loss.get_config()
    close(to_numpy(again(x)["classes"]), to_numpy(model(x)["classes"]))
    CrossBatchMemory(keras.Model(given, z), size=8).compile("sgd", loss=MatryoshkaLoss(TripletLoss(), dims))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: MatryoshkaLoss("triplet", [1]), TypeError, "`loss` to be a loss of semihard.losses. Received: str"),
        (lambda: MatryoshkaLoss(keras.losses.MeanSquaredError(), [1]), TypeError, "Received: MeanSquaredError"),
        (lambda: MatryoshkaLoss(NpairsLoss(), []), ValueError, "`dims` to be at least one number, ascending"),
        (lambda: MatryoshkaLoss(NpairsLoss(), [2, 2]), ValueError, r"ascending. Received: dims=\[2, 2\]"),
        (lambda: MatryoshkaLoss(NpairsLoss(), [0, 2]), ValueError, "`dims` to be at least 1"),
        (lambda: MatryoshkaLoss(NpairsLoss(), 8), TypeError, "`dims` to be whole numbers"),
        (lambda: MatryoshkaLoss(NpairsLoss(), [1, 2], [1.0]), ValueError, "one of `weights` for each of 2 sizes"),
        (lambda: MatryoshkaLoss(NpairsLoss(), [1], [0]), ValueError, "`weights` to be above 0"),
        (lambda: MatryoshkaLoss(NpairsLoss(), [1], normalize="no"), ValueError, "`normalize` to be one of True, False"),
        (
            lambda: MatryoshkaLoss(TripletLoss(), [4])([0, 0], np.eye(2, 3, dtype="float32")),
            ValueError,
            "at least 4.*3",
        ),
        (
            lambda: MatryoshkaLoss(ArcFaceLoss(), [2, 4])([0, 1], np.eye(2, dtype="float32")),
            ValueError,
            r"what ArcFaceLoss takes for each of 2 sizes.*shape \(2, 2\).*CosineClassifier the same `dims`",
        ),
    ],
)
def test_what_is_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()

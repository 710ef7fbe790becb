"""CosineClassifier: its cosines, dtypes, saving, and learning."""

import keras
import numpy as np
import pytest
from keras import ops

from semihard.layers import CosineClassifier
from semihard.losses import ArcFaceLoss
from tests.programs import BACKEND, to_numpy, value_and_gradient

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32) * [1, 10, 0.1, 1]


def built(classes=3, centers=1, **options):
    layer = CosineClassifier(classes, centers, **options)
    layer.build((None, 4))
    return layer


def naive(x: np.ndarray, vectors: np.ndarray, classes: int) -> np.ndarray:
    x, vectors = x.astype(np.float64), vectors.astype(np.float64).reshape(classes, -1, x.shape[1])
    return np.array(
        [[max(a @ v / np.linalg.norm(a) / np.linalg.norm(v) for v in centers) for centers in vectors] for a in x]
    )


@pytest.mark.parametrize("centers", [1, 3])
def test_cosines_to_the_nearest_center(centers):
    layer = built(3, centers)
    vectors = to_numpy(layer.vectors)
    assert vectors.shape == (3 * centers, 4)
    np.testing.assert_allclose(to_numpy(layer(X.astype("float32"))), naive(X, vectors, 3), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("policy", "given", "weights"),
    [
        ("float32", "float32", "float32"),
        ("mixed_float16", "float32", "float32"),
        ("mixed_bfloat16", "float32", "float32"),
        ("float16", "float32", "float16"),
        pytest.param("float64", "float64", "float64", marks=pytest.mark.skipif(BACKEND == "jax", reason="no float64")),
    ],
)
def test_dtypes(policy, given, weights):
    """Cosines of half-precision embeddings have float32's digits: they are not rounded again."""
    layer = built(dtype=policy)
    half = ops.cast(ops.convert_to_tensor(X.astype("float32")), layer.compute_dtype)
    cosines = layer(half)
    assert keras.backend.standardize_dtype(cosines.dtype) == given
    assert keras.backend.standardize_dtype(layer.vectors.dtype) == weights
    vectors = to_numpy(ops.cast(layer.vectors.value, "float32") if weights == "float16" else layer.vectors.value)
    tolerance = 1e-12 if given == "float64" else 1e-5
    rounded = to_numpy(half if given == "float64" else ops.cast(half, "float32"))
    np.testing.assert_allclose(to_numpy(cosines), naive(rounded, vectors, 3), rtol=tolerance, atol=tolerance)


def test_mixed_precision_does_not_round_float32_embeddings():
    """Keras would cast them to the policy's half precision on the way in."""
    layer = built(dtype="mixed_float16")
    vectors = to_numpy(layer.vectors.value)
    np.testing.assert_allclose(to_numpy(layer(X.astype("float32"))), naive(X, vectors, 3), rtol=1e-5, atol=1e-6)


def test_a_zero_embedding_has_cosine_0_and_gradient_0():
    layer = built()
    x = np.vstack([np.zeros((1, 4)), X]).astype("float32")
    cosines, gradient = value_and_gradient(lambda x: layer(x), x)
    np.testing.assert_array_equal(cosines[0], np.zeros(3))
    np.testing.assert_array_equal(gradient[0], np.zeros(4))
    assert np.isfinite(gradient).all()


def test_nan_comes_out():
    x = X.astype("float32")
    x[1, 0] = np.nan
    np.testing.assert_array_equal(np.isnan(to_numpy(built()(x))).any(axis=1), [False, True] + [False] * 4)


def test_the_length_of_the_input_does_not_matter():
    layer = built(3, 2)
    x = X.astype("float32")
    np.testing.assert_allclose(to_numpy(layer(x * 1000)), to_numpy(layer(x)), rtol=1e-4, atol=1e-6)


def test_saved_and_loaded(tmp_path):
    model = keras.Sequential([keras.Input((4,)), CosineClassifier(3, centers=2)])
    assert model.output_shape == (None, 3)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert (again.layers[0].classes, again.layers[0].centers) == (3, 2)
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_it_learns():
    """Three directions with noise are told apart after some epochs, by the classifier and by the embeddings alone."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    x = (np.eye(3, 8)[labels] * 3 + rng.normal(size=(60, 8)) * 0.3).astype("float32")
    embed = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    model = keras.Sequential([embed, CosineClassifier(3)])
    model.compile(keras.optimizers.Adam(0.05), loss=ArcFaceLoss(0.3, 10.0))
    before = model.evaluate(x, labels, verbose=0)
    model.fit(x, labels, epochs=20, batch_size=20, verbose=0)
    assert model.evaluate(x, labels, verbose=0) < before / 2
    assert (model.predict(x, verbose=0).argmax(axis=1) == labels).all()
    vectors = embed.predict(x, verbose=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nearest = (vectors @ vectors.T - 2 * np.eye(60)).argmax(axis=1)
    assert (labels[nearest] == labels).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((1,), ValueError, "`classes` to be at least 2"),
        ((2.5,), TypeError, "whole number"),
        ((3, 0), ValueError, "`centers` to be at least 1"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        CosineClassifier(*arguments)


def test_wrong_rank():
    with pytest.raises(ValueError, match="ndim=2"):
        CosineClassifier(3)(np.zeros((2, 3, 4), "float32"))

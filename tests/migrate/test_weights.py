"""The claims of docs/migration-weights.md on files with weights: each kind, into a model built in code."""

from pathlib import Path

import keras
import numpy as np
import pytest

from semihard.migrate import load_addons_checkpoint

FOLDER = Path(__file__).parents[1] / "fixtures" / "addons_models" / "tutorial"
X = np.random.default_rng(0).random((8, 8, 8, 1), np.float32)
EMBEDDINGS = np.load(FOLDER / "embeddings.npy")
layers = keras.layers


def tutorial(last: int = 4) -> keras.Model:
    """The tutorial's model, small, as one writes it today."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(3, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.3),
            layers.Conv2D(2, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(last),
            layers.UnitNormalization(),
        ]
    )


def nested() -> keras.Model:
    inner_input = keras.Input((8, 8, 1))
    features = layers.BatchNormalization()(layers.Conv2D(2, 2, use_bias=False)(inner_input))
    inner = keras.Model(inner_input, layers.GlobalAveragePooling2D()(features), name="inner")
    outer_input = keras.Input((8, 8, 1))
    return keras.Model(outer_input, layers.UnitNormalization()(layers.Dense(3)(inner(outer_input))))


def same(model: keras.Model, embeddings: np.ndarray) -> None:
    np.testing.assert_allclose(model.predict(X, verbose=0), embeddings, rtol=0, atol=1e-6)


@pytest.mark.parametrize("file", ["only.h5", "only.weights.h5", "model.h5", "model.keras"])
def test_load_weights_reads_every_file_of_keras_2(file):
    model = tutorial()
    model.load_weights(FOLDER / file)
    same(model, EMBEDDINGS)
    for name, value in arrays().items():  # to the last bit
        number, kind = name.removeprefix("layer_with_weights-").split("/")[:2]
        layer = [layer for layer in model.layers if layer.weights][int(number)]
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(getattr(layer, kind)), value)


@pytest.mark.parametrize("file", ["nested.weights.h5", "nested.h5", "nested.keras"])
def test_load_weights_reads_a_model_in_a_model(file):
    model = nested()
    model.load_weights(FOLDER / file)
    same(model, np.load(FOLDER / "nested.npy"))


@pytest.mark.parametrize("file", ["checkpoint/only.ckpt", "saved_model", "saved_model/variables/variables"])
def test_load_weights_does_not_read_what_tensorflow_wrote(file):
    with pytest.raises(ValueError, match="File format not supported"):
        tutorial().load_weights(FOLDER / file)


@pytest.mark.parametrize("path", ["checkpoint/only.ckpt", "saved_model/variables/variables"])
def test_a_checkpoint_of_tensorflow(path):
    tf = pytest.importorskip("tensorflow")
    model = tutorial()
    load_addons_checkpoint(model, tf.train.load_checkpoint(str(FOLDER / path)))
    same(model, EMBEDDINGS)


def test_a_checkpoint_of_a_model_in_a_model():
    tf = pytest.importorskip("tensorflow")
    model = nested()
    load_addons_checkpoint(model, tf.train.load_checkpoint(str(FOLDER / "nested" / "only.ckpt")))
    same(model, np.load(FOLDER / "nested.npy"))


def arrays() -> dict[str, np.ndarray]:
    """The checkpoint, by name."""
    with np.load(FOLDER / "checkpoint.npz") as file:
        return dict(file)


def test_arrays_by_name():
    model = tutorial()
    load_addons_checkpoint(model, arrays())
    same(model, EMBEDDINGS)


def test_depthwise_kernels_have_another_name_now():
    model = keras.Sequential([keras.Input((4, 4, 2)), layers.DepthwiseConv2D(2, use_bias=False)])
    kernel = np.arange(8.0).reshape(2, 2, 2, 1)
    load_addons_checkpoint(model, {"layer_with_weights-0/depthwise_kernel/.ATTRIBUTES/VARIABLE_VALUE": kernel})
    np.testing.assert_array_equal(model.get_weights()[0], kernel)


def test_a_saved_model_as_it_is():
    """On TensorFlow a SavedModel still runs, as a layer that cannot be trained."""
    if keras.backend.backend() == "tensorflow":
        layer = layers.TFSMLayer(FOLDER / "saved_model", call_endpoint="serving_default")
        (embeddings,) = layer(X).values()
        np.testing.assert_allclose(embeddings, EMBEDDINGS, rtol=0, atol=1e-6)
    else:
        with pytest.raises(NotImplementedError, match="TensorFlow backend"):
            layers.TFSMLayer(FOLDER / "saved_model", call_endpoint="serving_default")


def shape_differs(checkpoint):
    return tutorial(last=5), checkpoint, r"layer_with_weights-2/bias of shape \(4,\) for .*/bias of shape \(5,\)"


def layer_is_missing(checkpoint):
    shorter = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(3, 2), layers.Flatten()])
    return shorter, checkpoint, "has no layer_with_weights-1/bias"


def layer_is_new(checkpoint):
    longer = keras.Sequential([tutorial().layers[0], *tutorial().layers[1:], layers.Dense(2)])
    longer.build((None, 8, 8, 1))
    return longer, checkpoint, r"none for .*kernel, .*bias"


def name_is_unknown(checkpoint):
    checkpoint["layer_with_weights-0/scale/.ATTRIBUTES/VARIABLE_VALUE"] = np.ones(3)
    return tutorial(), checkpoint, "has no layer_with_weights-0/scale"


def subclassed(checkpoint):
    named = {name.replace("layer_with_weights-", "block"): value for name, value in checkpoint.items()}
    return tutorial(), named, r"Received: block0/bias.*Save the weights as \.h5"


@pytest.mark.parametrize("case", [shape_differs, layer_is_missing, layer_is_new, name_is_unknown, subclassed])
def test_what_does_not_fit_is_refused_before_a_weight_changes(case):
    model, checkpoint, said = case(arrays())
    before = [value.copy() for value in model.get_weights()]
    with pytest.raises(ValueError, match=said):
        load_addons_checkpoint(model, checkpoint)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)

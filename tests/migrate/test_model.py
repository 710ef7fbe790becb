"""Whole models that Keras 2.15 saved open with the embeddings that they gave there."""

import base64
import json
import marshal
import shutil
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from semihard.losses import TripletSemiHardLoss
from semihard.migrate import addons_loss, load_addons_model
from semihard.migrate._config import Rebuild

FOLDER = Path(__file__).parents[1] / "fixtures" / "addons_models" / "tutorial"
X = np.random.default_rng(0).random((8, 8, 8, 1), np.float32)


def with_config(path: Path, change) -> Path:
    """The tutorial's model with its layers changed, in a file of this path."""
    shutil.copy(FOLDER / "model.h5", path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config["config"]["layers"])
        file.attrs["model_config"] = json.dumps(config)
    return path


@pytest.mark.parametrize(
    ("file", "embeddings"),
    [("model.h5", "embeddings"), ("model.keras", "embeddings"), ("nested.h5", "nested"), ("nested.keras", "nested")],
)
def test_a_model_gives_the_embeddings_that_it_gave(file, embeddings, tmp_path):
    """The tutorial's, whose Lambda normalises; and one with a model, BatchNormalization and tf.math in it."""
    model = load_addons_model(FOLDER / file)
    found = model.predict(X, verbose=0)
    np.testing.assert_allclose(found, np.load(FOLDER / f"{embeddings}.npy"), rtol=0, atol=1e-6)
    assert any(isinstance(layer, keras.layers.UnitNormalization) for layer in model.layers)
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "m.keras").predict(X, verbose=0), found)


@pytest.mark.parametrize("file", ["model.h5", "model.keras", "nested.h5", "nested.keras"])
def test_keras_alone_does_not_open_them(file):
    """What the page says. If this fails, Keras has learnt it, and the page may say so."""
    with pytest.raises((TypeError, ValueError)):
        keras.models.load_model(FOLDER / file)


@pytest.mark.parametrize("file", ["model.h5", "model.keras"])
def test_training_goes_on(file):
    model = load_addons_model(FOLDER / file)
    before = model.predict(X, verbose=0)
    model.compile("adam", loss=addons_loss(FOLDER / file))
    assert isinstance(model.loss, TripletSemiHardLoss)
    assert model.loss.margin == 0.7
    model.fit(X, np.array([0, 0, 1, 1, 2, 2, 0, 1]), verbose=0)
    assert np.abs(model.predict(X, verbose=0) - before).max() > 0


def test_an_unknown_function_is_not_run_and_can_be_replaced(tmp_path):
    """A Lambda of this very Python, which would leave a file behind."""
    trace = tmp_path / "trace"
    code = marshal.dumps(compile(f"open({str(trace)!r}, 'w')", "", "eval"))

    def change(layers):
        layers[-1]["config"]["function"][0] = base64.b64encode(code).decode()

    path = with_config(tmp_path / "m.h5", change)
    with pytest.raises(ValueError, match=r"(?s)'lambda'.*uses open.*layers={'lambda': keras.layers.UnitNormalization"):
        load_addons_model(path)
    model = load_addons_model(path, layers={"lambda": keras.layers.UnitNormalization()})
    np.testing.assert_allclose(model.predict(X, verbose=0), np.load(FOLDER / "embeddings.npy"), rtol=0, atol=1e-6)
    assert not trace.exists()


def test_a_function_with_arguments_is_not_taken_for_one_without(tmp_path):
    def change(layers):
        layers[-1]["config"]["arguments"] = {"epsilon": 0.1}

    with pytest.raises(ValueError, match="'lambda'"):
        load_addons_model(with_config(tmp_path / "m.h5", change))


def test_layers_that_are_not_there_are_named():
    with pytest.raises(ValueError, match=r"Expected `layers` to name Lambda layers .* Received: lambda_7\."):
        load_addons_model(FOLDER / "model.h5", layers={"lambda_7": keras.layers.UnitNormalization()})


def test_a_layer_that_keras_cannot_rebuild_is_explained(tmp_path):
    def change(layers):
        layers[1]["config"]["no_such_option"] = 1

    with pytest.raises(ValueError, match=r"(?s)no_such_option.*model\.load_weights"):
        load_addons_model(with_config(tmp_path / "m.h5", change))


def test_mixed_precision_stays(tmp_path):
    """Keras 2 wrote the policy as an object of a class that is no more."""
    policy = {"class_name": "Policy", "config": {"name": "mixed_float16"}}

    def change(layers):
        for layer in layers[-2:]:
            layer["config"]["dtype"] = policy

    model = load_addons_model(with_config(tmp_path / "m.h5", change))
    assert [layer.compute_dtype for layer in model.layers[-2:]] == ["float16", "float16"]
    np.testing.assert_allclose(model.predict(X, verbose=0), np.load(FOLDER / "embeddings.npy"), atol=2e-3)


@pytest.mark.parametrize(
    ("kind", "config", "gone"),
    [
        ("DepthwiseConv2D", {"kernel_size": [3, 3], "groups": 1}, "groups"),
        ("LSTM", {"units": 2, "time_major": False}, "time_major"),
        ("GRU", {"units": 2, "time_major": False}, "time_major"),
    ],
)
def test_options_that_keras_has_dropped(kind, config, gone):
    """As in MobileNet. With another value they meant something, and then the error of Keras stays."""
    layer = getattr(keras.layers, kind)
    with pytest.raises((TypeError, ValueError), match=gone):
        layer(**config)
    rebuild = Rebuild("m.h5", {})
    assert isinstance(layer(**rebuild({"class_name": kind, "config": config})["config"]), layer)
    other = {**config, gone: 2}
    assert rebuild({"class_name": kind, "config": other})["config"] == other


def test_a_subclassed_model_is_explained(tmp_path):
    shutil.copy(FOLDER / "model.h5", tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Mine", "config": {}})
    with pytest.raises(ValueError, match=r"with a Mine\. Build it in code"):
        load_addons_model(tmp_path / "m.h5")


def test_an_operation_on_two_tensors_is_explained(tmp_path):
    shutil.copy(FOLDER / "nested.h5", tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        config["config"]["layers"][-1]["inbound_nodes"][0][3] = {"y": ["inner", 1, 0]}
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(ValueError, match="Expected operations on one tensor"):
        load_addons_model(tmp_path / "m.h5")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("only.h5", r"holds weights only.*model\.load_weights"),
        ("only.weights.h5", r"holds weights only.*model\.load_weights"),
        ("saved_model", "load_addons_checkpoint"),
        ("checkpoint/only.ckpt.index", "which is neither"),
    ],
)
def test_other_kinds_of_file_are_explained(file, said):
    with pytest.raises(ValueError, match=said):
        load_addons_model(FOLDER / file)


def test_a_file_that_is_not_there():
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_addons_model(FOLDER / "missing.h5")


def test_a_zip_that_is_no_model(tmp_path):
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("a.txt", "")
    with pytest.raises(ValueError, match="which is neither"):
        load_addons_model(tmp_path / "m.zip")

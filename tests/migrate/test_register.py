"""Models that TensorFlow Addons saved (tests/fixtures/README.md) open, and their losses say what they said there."""

import json
import shutil
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from semihard import losses
from semihard.migrate import register_addons
from semihard.migrate.register import FUNCTIONS, NAMES

FOLDER = Path(__file__).parents[1] / "fixtures" / "addons_models"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
X = np.array(EXPECTED["x"], np.float32)


@pytest.fixture(autouse=True)
def registered():
    register_addons()
    yield
    for name in (*NAMES, *FUNCTIONS):
        keras.saving.get_custom_objects().pop(f"Addons>{name}", None)


def test_every_loss_of_addons_has_a_model():
    assert sorted(EXPECTED["losses"]) == sorted(NAMES) == sorted(path.stem for path in FOLDER.glob("*.h5"))


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_of_a_loaded_model_is_that_of_addons(name):
    model = keras.models.load_model(FOLDER / f"{name}.h5")
    assert type(model.loss) is getattr(losses, name)
    case = EXPECTED["losses"][name]
    value = float(model.loss(np.array(case["y"]), model.predict(X, verbose=0)))
    np.testing.assert_allclose(value, case["loss"], rtol=1e-5)


def test_what_is_saved_again_needs_no_addons(tmp_path):
    model = keras.models.load_model(FOLDER / "TripletSemiHardLoss.h5")
    model.save(tmp_path / "m.keras")
    keras.saving.get_custom_objects().pop("Addons>TripletSemiHardLoss")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert (loaded.loss.margin, loaded.loss.distance_metric) == (0.7, "angular")


def test_training_goes_on_after_compiling_again():
    """Keras 3 does not bring the state of Keras 2's optimizer over: a new one is needed."""
    model = keras.models.load_model(FOLDER / "TripletHardLoss.h5")
    before = model.predict(X, verbose=0)
    model.compile("adam", loss=model.loss)
    model.fit(X, np.array(EXPECTED["losses"]["TripletHardLoss"]["y"]), verbose=0)
    assert np.abs(model.predict(X, verbose=0) - before).max() > 0


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_model_compiled_with_the_name_of_a_function_opens(function, tmp_path):
    """`model.compile(loss="Addons>triplet_hard_loss")`, as scripts have it: the name is saved."""
    shutil.copy(FOLDER / "TripletHardLoss.h5", tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        config = json.loads(file.attrs["training_config"])
        file.attrs["training_config"] = json.dumps({**config, "loss": f"Addons>{function}"})
    assert type(keras.models.load_model(tmp_path / "m.h5").loss) is getattr(losses, FUNCTIONS[function])


VALUES = json.loads((FOLDER / "values.json").read_text())
EMBEDDINGS, LABELS = np.array(VALUES["x"], np.float32), np.array(VALUES["y"])


@pytest.mark.parametrize("name", VALUES["reduction"])
def test_addons_ignored_reduction_and_here_it_counts(name):
    """TensorFlow Addons with reduction=SUM said the mean; the sum is batch times as large, 8 here."""
    recorded = VALUES["reduction"][name]
    assert recorded["sum"] == recorded["default"]
    loss = getattr(losses, name)
    mean, total = (float(loss(**given)(LABELS, EMBEDDINGS)) for given in ({}, {"reduction": "sum"}))
    np.testing.assert_allclose(mean, recorded["sum"], rtol=1e-5)
    np.testing.assert_allclose(total, 8 * recorded["sum"], rtol=1e-5)


@pytest.mark.parametrize("name", VALUES["reduction"])
@pytest.mark.parametrize("reduction", ["none", "sum", "auto"])
def test_the_config_of_a_loss_that_was_a_scalar_gives_that_scalar(name, reduction):
    """Its `from_config` ignored `reduction` too; what it wrote is "none"."""
    recorded = VALUES["reduction"][name]
    assert recorded["config"]["reduction"] == "none"
    config = {**recorded["config"], "reduction": reduction}
    loss = keras.losses.deserialize({"class_name": f"Addons>{name}", "config": config})
    np.testing.assert_allclose(float(loss(LABELS, EMBEDDINGS)), recorded["default"], rtol=1e-5)


@pytest.mark.parametrize("reduction", ["sum", "sum_over_batch_size", "none", "auto"])
def test_the_reduction_of_the_contrastive_loss_is_kept(reduction):
    pairs = VALUES["pairs"]
    loss = keras.losses.deserialize({"class_name": "Addons>ContrastiveLoss", "config": pairs[reduction]["config"]})
    value = loss(np.array(pairs["same"]), np.array(pairs["distances"], np.float32))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(value), pairs[reduction]["value"], rtol=1e-5)


@pytest.mark.parametrize("name", VALUES["half"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_class_gives_half_precision_where_it_is_told_to(name, dtype):
    """By itself it gives float32, as every loss of Keras 3, which rounds to what TensorFlow Addons gave."""
    loss, half = getattr(losses, name), keras.ops.cast(EMBEDDINGS, dtype)
    own = loss()(LABELS, half)
    assert keras.backend.standardize_dtype(own.dtype) == "float32"
    assert keras.backend.standardize_dtype(keras.losses.MeanSquaredError()(half, half).dtype) == "float32"
    as_in_addons = loss(dtype=dtype)(LABELS, half)
    assert keras.backend.standardize_dtype(as_in_addons.dtype) == dtype
    recorded = VALUES["half"][name][dtype]
    step = 2.0 ** (-10 if dtype == "float16" else -7)  # of the mantissa
    assert float(keras.ops.cast(own, dtype)) == pytest.approx(recorded, rel=step)
    assert float(as_in_addons) == pytest.approx(recorded, rel=2 * step)

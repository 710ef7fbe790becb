"""Models that TensorFlow Addons saved (tests/data/README.md) open, and their losses say what they said there."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from semihard import losses
from semihard.migrate import register_addons
from semihard.migrate.register import NAMES

FOLDER = Path(__file__).parent / "data" / "addons_models"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
X = np.array(EXPECTED["x"], np.float32)


@pytest.fixture(autouse=True)
def registered():
    register_addons()
    yield
    for name in NAMES:
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

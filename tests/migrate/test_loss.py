"""How Keras 2.15 wrote the losses of TensorFlow Addons, and what becomes of each way."""

import json
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from semihard import losses
from semihard.migrate import addons_loss, load_addons_model

FOLDER = Path(__file__).parents[1] / "fixtures" / "addons_models" / "tutorial"
CONFIGS = json.loads((FOLDER / "training_configs.json").read_text())


def compiled(kind: str, name: str | None, folder: Path) -> Path:
    """The tutorial's model as if it had been compiled with this loss, as a file of this kind."""
    path = folder / f"m.{kind}"
    if kind == "h5":
        shutil.copy(FOLDER / "model.h5", path)
        with h5py.File(path, "r+") as file:
            if name is None:
                del file.attrs["training_config"]
            else:
                file.attrs["training_config"] = json.dumps(CONFIGS[kind][name])
        return path
    with zipfile.ZipFile(FOLDER / "model.keras") as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            if member == "config.json":
                config = json.loads(old.read(member))
                config["compile_config"] = None if name is None else CONFIGS[kind][name]
                new.writestr(member, json.dumps(config))
            else:
                new.writestr(member, old.read(member))
    return path


@pytest.mark.parametrize("kind", ["h5", "keras"])
@pytest.mark.parametrize(
    ("name", "options"), [("class", (0.5, True)), ("function", (1.0, False)), ("string", (1.0, False))]
)
def test_what_the_file_tells_is_read(kind, name, options, tmp_path):
    loss = addons_loss(compiled(kind, name, tmp_path))
    assert type(loss) is losses.TripletHardLoss
    assert (loss.margin, loss.soft) == options


@pytest.mark.parametrize("kind", ["h5", "keras"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("closure", "compiled with 'loss', of which a file has the name only"),
        ("lambda", "compiled with '?(<lambda>|__lambda__)"),
        ("callable distance", "TripletSemiHardLoss and a function of one's own as distance_metric"),
        ("other", "compiled with 'mse'"),
        (None, "which was not compiled"),
    ],
)
def test_what_it_does_not_tell_is_explained(kind, name, said, tmp_path):
    path = compiled(kind, name, tmp_path)
    with pytest.raises(ValueError, match=rf"{said}.*Compile with the loss itself"):
        addons_loss(path)
    assert load_addons_model(path).count_params() == 77


def test_an_optimizer_of_addons_does_not_matter(tmp_path):
    path = compiled("h5", "optimizer of Addons", tmp_path)
    assert type(addons_loss(path)) is losses.TripletHardLoss
    embeddings = load_addons_model(path).predict(np.ones((1, 8, 8, 1)), verbose=0)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, rtol=1e-6)

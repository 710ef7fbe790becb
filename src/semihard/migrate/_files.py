"""Reads the configs of models that Keras 2 saved, as they stand in the file."""

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py

PAGE = "docs/migration-weights.md"


def configs_of(path: str | Path) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The config of the model, and that of its training or None, from `.h5` or `.keras`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: for a folder, another kind of file, or a file with weights only.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(
            f"Expected a model as .h5 or .keras. Received: the folder {path}. Of a SavedModel the weights can be taken "
            f"over, with `load_addons_checkpoint`: {PAGE} says how."
        )
    if not path.exists():
        raise FileNotFoundError(f"Expected a model as .h5 or .keras. Received: {path}, which does not exist.")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if "config.json" in archive.namelist():
                model = json.loads(archive.read("config.json"))
                return model, model.get("compile_config")
    elif h5py.is_hdf5(path):
        with h5py.File(path, "r") as file:
            found, training = (file.attrs.get(name) for name in ("model_config", "training_config"))
        if found is not None:
            return json.loads(found), None if training is None else json.loads(training)
        raise ValueError(
            f"Expected a whole model. Received: {path}, which holds weights only. Build the model in code, with "
            "`keras.layers.UnitNormalization()` for a Lambda that normalises, and call `model.load_weights`."
        )
    raise ValueError(f"Expected a model of Keras 2 as .h5 or .keras. Received: {path}, which is neither. See {PAGE}.")

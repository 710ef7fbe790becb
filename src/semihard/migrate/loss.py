"""The loss with which a model of TensorFlow Addons was compiled."""

from pathlib import Path
from typing import Any

import keras

from semihard import losses
from semihard.migrate._files import configs_of
from semihard.migrate.register import FUNCTIONS, NAMES, register_addons

DISTANCES = ("L2", "squared-L2", "angular")


def addons_loss(path: str | Path) -> losses.EmbeddingLoss:
    """The loss of TensorFlow Addons that a saved model was compiled with, as ours, with its arguments.

    A function of TensorFlow Addons (`tfa.losses.triplet_semihard_loss`, or its name as a string) gives the class: the
    same value, and labels that Keras does not cast.

    Args:
        path: a whole model that Keras 2 saved as `.h5` or `.keras`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: for another kind of file, a model that was not compiled, or another loss: of a function of one's
            own, a closure or a lambda the file has the name only.

    Example:
        >>> import h5py, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.h5"
        >>> with h5py.File(path, "w") as file:  # what Keras 2 writes besides layers and weights
        ...     file.attrs["model_config"] = '{"class_name": "Sequential", "config": {}}'
        ...     file.attrs["training_config"] = '{"loss": "Addons>triplet_hard_loss"}'
        >>> addons_loss(path).margin
        1.0
    """
    _, training = configs_of(path)
    given = None if training is None else training.get("loss")
    loss = _read(given)
    if loss is None:
        raise ValueError(
            f"Expected a model compiled with a loss of TensorFlow Addons. Received: {path}, {_said(given)}. Compile "
            "with the loss itself: `model.compile('adam', loss=semihard.losses.TripletSemiHardLoss(margin=…))`."
        )
    return loss


def _read(given: Any) -> losses.EmbeddingLoss | None:
    name, config = given, {}
    if isinstance(given, dict) and "class_name" in given:
        if isinstance(given.get("config"), dict):
            name, config = given.get("registered_name") or given["class_name"], given["config"]
        else:  # a function in `.keras`
            name = given.get("config")
    name = name.removeprefix("Addons>") if isinstance(name, str) else ""
    name = FUNCTIONS.get(name, name)
    if name not in NAMES or config.get("distance_metric", "L2") not in DISTANCES:
        return None
    register_addons()
    return keras.losses.deserialize({"class_name": f"Addons>{name}", "config": config})


def _said(given: Any) -> str:
    if given is None:
        return "which was not compiled"
    if not isinstance(given, dict):
        return f"compiled with {given!r}, of which a file has the name only"
    name, config = given.get("class_name", "several losses"), given.get("config")
    if isinstance(config, str):
        return f"compiled with {config!r}, of which a file has the name only"
    if isinstance(config, dict) and config.get("distance_metric", "L2") not in DISTANCES:
        return f"compiled with {name} and a function of one's own as distance_metric"
    return f"compiled with {name}"

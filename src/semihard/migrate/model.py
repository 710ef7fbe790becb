"""Opens a whole model of Keras 2, without running code that is in the file."""

from collections.abc import Mapping
from pathlib import Path

import keras

from semihard.migrate._config import MODELS, Rebuild
from semihard.migrate._files import PAGE, configs_of


def load_addons_model(path: str | Path, layers: Mapping[str, keras.layers.Layer] | None = None) -> keras.Model:
    """A model that Keras 2 saved whole, as `.h5` or `.keras`, with its weights, not compiled.

    `keras.models.load_model` refuses those with a `Lambda`, as the tutorial of TensorFlow Addons has it, those with a
    model inside of a functional one, and all `.keras` files of Keras 2. Here a `Lambda` (or an operation in a
    functional model) that is exactly `tf.math.l2_normalize(x, axis=…)` becomes `keras.layers.UnitNormalization`. It is
    told by its byte code, and code in a file is never run. For any other function pass a layer.

    Compile the model before training: `model.compile("adam", loss=addons_loss(path))`. The state of Keras 2's
    optimizer cannot be taken over.

    Args:
        path: of the file.
        layers: name of a layer in the file → the layer to take instead, without weights.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: for another kind of file, a function that is not known, a name in `layers` that no such layer has,
            or a layer that Keras 3 cannot rebuild; the text says what to do.

    Example:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.h5"
        >>> keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(path)  # the old environment does this
        >>> model = load_addons_model(path)
        >>> model.save(path.with_suffix(".keras"))  # which `keras.models.load_model` opens from now on
    """
    config, _ = configs_of(path)
    rebuild = Rebuild(path, dict(layers or {}))
    kind, rebuilt = MODELS.get(config.get("class_name", "")), rebuild(config)
    if rebuild.given:
        raise ValueError(
            f"Expected `layers` to name Lambda layers or operations of {path}. Received: {', '.join(rebuild.given)}."
        )
    if kind is None:
        raise ValueError(
            f"Expected a Sequential or functional model. Received: {path} with a {config.get('class_name')}. Build it "
            f"in code and call `model.load_weights({str(path)!r})`."
        )
    try:
        with keras.saving.custom_object_scope(rebuild.objects):
            model = kind.from_config(rebuilt["config"])
        model.load_weights(path)
    except Exception as error:
        raise ValueError(
            f"Expected layers that Keras {keras.__version__} can rebuild. Received: {path}, where that failed: {error} "
            f"Build the model in code and call `model.load_weights({str(path)!r})` ({PAGE})."
        ) from error
    return model

"""Models from .keras files."""

import os

import keras

import semihard.layers  # noqa: F401 - registered for load_model


def load_saved(path: str | os.PathLike[str]) -> keras.Model:
    """Return the model in a .keras file, of one input and one output, without what it was compiled with.

    Raises:
        ValueError: the file is broken or of another kind, or holds code, as a Lambda layer does, which is never run.
    """
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # what Keras raises for a broken file is of many types
        text = str(error).strip() or type(error).__name__
        if "ambda" in text:
            raise ValueError(
                f"Expected a model without code of its own in {path}. Received: one with a Lambda layer, which would "
                "run whatever its author wrote. Replace the Lambda by a layer of Keras, and save it again."
            ) from error
        raise ValueError(
            f"Expected a model of Keras 3 in {path}. Received: {text.splitlines()[0].rstrip('.')}."
        ) from error
    if not isinstance(model, keras.Model) or len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(f"Expected a model of one input and one output in {path}. Received: another.")
    return model

"""A model of Keras in other formats, as far as what Keras runs on can make them."""

import contextlib
import io
import os
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras

from semihard import backend
from semihard._core.extras import EXPORT, MissingPackage
from semihard._core.text import one_line
from semihard.workflows.exporting.formats import FORMATS


def obstacle(name: str) -> tuple[str, Exception] | None:
    """Why a format cannot be made here, if that is known before the work: in short, and what to raise."""
    running = keras.backend.backend()
    if name not in backend.EXPORTS:
        able = " or ".join(backend.EXPORTS)
        return f"Keras cannot make it on {running}", ValueError(
            f"Expected a format that Keras can make on {running}: {able}. Received: {name}. Leave it out, or name "
            "another backend."
        )
    missing = next((module for module in backend.EXPORTS[name] if find_spec(module) is None), None)
    if missing is None:
        return None
    package = missing.replace("_", "-")
    command = EXPORT if missing in ("onnx", "tf2onnx") else f"pip install {package}"
    error = MissingPackage(f"{package} (for {name} on {running})", command, f"no module named {missing!r}")
    return f"{package} is not installed ({command})", error


def compute_in_float32(model: keras.Model) -> None:
    """Have a model of mixed precision compute in the precision of its weights: few formats know another."""
    for layer in model._flatten_layers():
        layer.dtype_policy = "float32"


def make_format(name: str, model: keras.Model, shape: tuple[int, int, int], folder: Path) -> None:
    """Write the model into its place in `folder`; raises what the exporter raises.

    Args:
        shape: of a picture: (height, width, channels).
    """
    made = FORMATS[name]
    spec = keras.InputSpec(shape=(made.batch, *shape), dtype=model.inputs[0].dtype, name="pixels")
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporters, to their own makers
        model.export(folder / made.path, format=made.word, verbose=False, input_signature=[spec])


def said_of(error: Exception, folder: Path) -> str:
    """The first line of what an exporter says, without a full stop, and without where this machine keeps things."""
    lines: list[Any] = str(error).replace(f"{folder}{os.sep}", "").strip().splitlines() or [type(error).__name__]
    return f"{type(error).__name__}: {one_line(lines[0], 200).rstrip('.')}"

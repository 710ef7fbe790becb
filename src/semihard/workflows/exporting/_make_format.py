"""A model of Keras in other formats, as far as what Keras runs on can make them."""

import contextlib
import io
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras

from semihard import backend
from semihard._core.extras import EXPORT, MissingPackage
from semihard.workflows.exporting.formats import FORMATS


def why_not(name: str) -> Exception | None:
    """Why a format cannot be made here, if that is known before the work."""
    running = keras.backend.backend()
    if name not in backend.EXPORTS:
        able = " or ".join(backend.EXPORTS)
        return ValueError(
            f"Expected a format that Keras can make on {running}: {able}. Received: {name}. Leave it out, or name "
            "another --backend."
        )
    missing = next((module for module in backend.EXPORTS[name] if find_spec(module) is None), None)
    if missing is None:
        return None
    package = missing.replace("_", "-")
    command = EXPORT if missing in ("onnx", "tf2onnx") else f"pip install {package}"
    return MissingPackage(f"{package} (for {name} on {running})", command, f"no module named {missing!r}")


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


def said_of(error: Exception) -> str:
    """The first line of what an exporter says, without a full stop."""
    lines: list[Any] = str(error).strip().splitlines() or [type(error).__name__]
    return f"{type(error).__name__}: {lines[0].strip().rstrip('.')}"

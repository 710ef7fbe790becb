"""What runs the model of a bundle: a file of it, and a package. Each is a function of pixels, for several threads."""

import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.extras import EXPORT, MissingPackage
from semihard.workflows.searching.run_files import find_run

# Pixels [n, height, width, channels] → vectors float32 [n, dim].
Embed = Callable[[NDArray[Any]], NDArray[np.float32]]
# Pictures at a time: what a model holds of each is many times the picture.
BATCH = 32


def _with_onnx(path: Path) -> Embed:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised; the rest is about what it does with the graph
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    dtype = np.uint8 if "uint8" in given.type else np.float32

    def embed(pixels: NDArray[Any]) -> NDArray[np.float32]:
        made = [session.run(None, {given.name: some.astype(dtype, copy=False)})[0] for some in _batches(pixels, BATCH)]
        return np.concatenate(made)

    return embed


def _with_litert(path: Path) -> Embed:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    lock = threading.Lock()

    def one(pixels: NDArray[Any]) -> NDArray[np.float32]:
        interpreter.set_tensor(given["index"], pixels.astype(given["dtype"], copy=False))
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(made["index"]), np.float32)

    def embed(pixels: NDArray[Any]) -> NDArray[np.float32]:
        with lock:  # it has one place for its input
            return np.concatenate([one(some) for some in _batches(pixels, 1)])

    return embed


def _with_keras(path: Path) -> Embed:
    from semihard.workflows.searching.encoder import Encoder

    encoder, lock = Encoder(find_run(path)), threading.Lock()

    def embed(pixels: NDArray[Any]) -> NDArray[np.float32]:
        with lock:  # Keras compiles at the first call
            return encoder(pixels, min(BATCH, 1 << (len(pixels) - 1).bit_length()))

    return embed


def _batches(pixels: NDArray[Any], size: int) -> Iterator[NDArray[Any]]:
    return (pixels[start : start + size] for start in range(0, len(pixels), size))


class Runtime(NamedTuple):
    """Attributes:
    file: of the bundle.
    module, package: what it takes.
    load: the path of the file → the function.
    """

    file: str
    module: str
    package: str
    load: Callable[[Path], Embed]


RUNTIMES = {
    "onnx": Runtime("model.onnx", "onnxruntime", "onnxruntime", _with_onnx),
    "litert": Runtime("model.tflite", "ai_edge_litert", "ai-edge-litert", _with_litert),
    "keras": Runtime("model.keras", "keras", "keras", _with_keras),
    "int8": Runtime("model-int8.onnx", "onnxruntime", "onnxruntime", _with_onnx),
}
# What is taken where none is asked for; what was quantised makes vectors of its own.
BY_ITSELF = ("onnx", "litert", "keras")


def choose_runtime(folder: Path, asked: str | None) -> str:
    """Return the runtime that was asked for, or the first that this bundle and this machine have.

    Raises:
        ValueError: the bundle holds no file for it.
        MissingPackage: its package is not installed.
    """
    there = [name for name, runtime in RUNTIMES.items() if (folder / runtime.file).is_file()]
    if asked is None:
        able = (name for name in BY_ITSELF if name in there and find_spec(RUNTIMES[name].module) is not None)
        asked = next(able, BY_ITSELF[-1])
    if asked not in there:
        raise ValueError(
            f"Expected `runtime` to be one that {folder} holds a model for: {', '.join(map(repr, there))}. "
            f"Received: runtime={asked!r}. Name another, or export that format, too."
        )
    runtime = RUNTIMES[asked]
    if find_spec(runtime.module) is None:
        command = EXPORT if runtime.module == "onnxruntime" else f"pip install {runtime.package}"
        raise MissingPackage(runtime.package, command, f"no module named {runtime.module!r}")
    return asked

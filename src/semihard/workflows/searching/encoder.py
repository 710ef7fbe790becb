"""The model of a run, at work: pictures to vectors."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from semihard.workflows._job import in_float32
from semihard.workflows._saved_model import load_saved
from semihard.workflows.execution import JIT_COMPILE
from semihard.workflows.searching.run_files import RunFiles


class Encoder:
    """Turns pixels into vectors.

    Args:
        files: of the run.

    Attributes:
        model: of Keras.
        dim: of the vectors.

    Raises:
        ValueError: the file is no model of one picture and one vector, holds code of its own, or wants other pictures.
    """

    def __init__(self, files: RunFiles) -> None:
        with in_float32():
            self.model: keras.Model = _loaded(files)
        self.dim: int = int(self.model.output_shape[-1])
        self.model.jit_compile = JIT_COMPILE

    def __call__(self, pixels: NDArray[Any], batch: int) -> NDArray[np.float32]:
        """Return the vectors float32 [n, dim] of pixels [n, height, width, channels], computed `batch` at a time.

        Batches are filled up to one size, so that the last is not compiled anew and a vector does not depend on how
        many others there are.
        """
        found = np.empty((len(pixels), self.dim), np.float32)
        with in_float32():
            for start in range(0, len(pixels), batch):
                some = pixels[start : start + batch]
                filled = np.zeros((batch, *some.shape[1:]), some.dtype)
                filled[: len(some)] = some
                found[start : start + batch] = np.asarray(self.model.predict_on_batch(filled))[: len(some)]
        return found


_last: dict[tuple[str, str], Encoder] = {}


def encoder_of(files: RunFiles, device: str) -> Encoder:
    """Return the encoder of a run; the one that was used last is kept, so that many searches load it once.

    Args:
        device: that Keras computes on at this moment.
    """
    if (files.hash, device) not in _last:
        made = Encoder(files)
        _last.clear()
        _last[files.hash, device] = made
    return _last[files.hash, device]


def _loaded(files: RunFiles) -> keras.Model:
    path, shape = files.model, files.preprocessing.shape
    model = load_saved(path)
    wanted, made = model.input_shape[1:], model.output_shape
    if len(wanted) != 3 or any(side not in (None, own) for side, own in zip(wanted, shape, strict=True)):
        raise ValueError(
            f"Expected the pictures that {path} takes, {tuple(wanted)}. Received: {shape}, by the preprocessing.json "
            "beside it. They are of two models: put the files of one together."
        )
    if len(made) != 2 or made[1] is None:
        raise ValueError(f"Expected a model that makes vectors [batch, dim] in {path}. Received: {tuple(made)}.")
    return model

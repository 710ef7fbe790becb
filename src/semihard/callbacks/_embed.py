"""A model that is being trained, applied to data at hand, without a trace in its training."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from semihard._core.arrays import as_numpy
from semihard.callbacks._output import checked_output, reader_of


class Embedder:
    """Embeds batches with a model, or with the output of it that is the embedding.

    Args:
        output: the name or number of an output, the name of a layer, a layer of the model, or a model. By default what
            the model gives; where it ends with a `CosineClassifier`, what goes into that, which is then said once.
        who: embeds, for what is said.

    Raises:
        TypeError, ValueError: an `output` of another type; when a batch is embedded, one that the model lacks, or none
            where the model has several.
    """

    def __init__(self, output: Any, who: str) -> None:
        self.output, self._who = checked_output(output), who
        self._model: Any = None
        self._read: Callable[[Any], Any] | None = None
        self._said: set[str] = set()

    def embed(self, model: Any, x: Any) -> np.ndarray[Any, Any]:
        """Return the embeddings of one batch as NumPy [batch, dim].

        Not by `predict`, whose data loader on PyTorch draws from the random numbers that shuffle the training data.
        """
        x = on_host(x)
        if self._read is None or model is not self._model:
            self._model, self._read = model, reader_of(model, self.output, x, self._say)
        found = np.asarray(self._read(x))
        if found.ndim != 2:
            raise ValueError(
                f"Expected embeddings [batch, dim], one vector a sample. Received shape {found.shape} of the model "
                f"{model.name!r}. Choose what is the embedding with `output`."
            )
        return found

    def embed_all(self, model: Any, x: Any, batch_size: int) -> np.ndarray[Any, Any]:
        """Return the embeddings of an array or a structure of arrays, a batch at a time."""
        return np.concatenate([self.embed(model, part) for _, part in batches(x, batch_size)])

    def _say(self, what: str) -> None:
        if what not in self._said:
            self._said.add(what)
            warnings.warn(f"{self._who} takes {what}. Choose with `output`.", stacklevel=2)


def batches(x: Any, batch_size: int) -> Iterator[tuple[slice, Any]]:
    """Yield the rows and the part of `x`, an array or a structure of arrays, of each batch."""
    for start in range(0, length(x), batch_size):
        rows = slice(start, start + batch_size)
        yield rows, keras.tree.map_structure(lambda array, rows=rows: array[rows], x)


def length(x: Any) -> int:
    return len(keras.tree.flatten(x)[0])


def on_host(values: Any) -> Any:
    """The same as NumPy arrays, whichever library's tensors came."""
    return keras.tree.map_structure(lambda x: as_numpy("data", x), values)

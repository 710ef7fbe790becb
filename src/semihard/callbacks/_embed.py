"""A model's embeddings of data that is at hand, without a trace in its training."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np


def embed(model: Any, x: Any) -> np.ndarray[Any, Any]:
    """Return the embeddings of one batch as NumPy.

    Not by `predict`, whose data loader on PyTorch draws from the random numbers that shuffle the training data.
    """
    return np.asarray(model.predict_on_batch(on_host(x)))


def embed_all(model: Any, x: Any, batch_size: int) -> np.ndarray[Any, Any]:
    """Return the embeddings of an array or a structure of arrays, a batch at a time."""
    return np.concatenate([embed(model, part) for _, part in batches(x, batch_size)])


def batches(x: Any, batch_size: int) -> Iterator[tuple[slice, Any]]:
    """Yield the rows and the part of `x`, an array or a structure of arrays, of each batch."""
    for start in range(0, length(x), batch_size):
        rows = slice(start, start + batch_size)
        yield rows, keras.tree.map_structure(lambda array, rows=rows: array[rows], x)


def length(x: Any) -> int:
    return len(keras.tree.flatten(x)[0])


def on_host(values: Any) -> Any:
    """The same as NumPy arrays, whichever library's tensors came."""
    return keras.tree.map_structure(lambda x: np.asarray(x.cpu() if hasattr(x, "cpu") else x), values)

"""What a loss accepts as labels and embeddings, and what it says to anything else."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from semihard import _backend

Tensor = Any


def embeddings_of(y_pred: Any) -> Tensor:
    """`y_pred` as a float tensor [batch, dim].

    Raises:
        ValueError: for another rank.
        TypeError: for another dtype.
    """
    embeddings = ops.convert_to_tensor(y_pred)
    if len(embeddings.shape) != 2:
        raise ValueError(
            f"Expected `y_pred` to be embeddings of shape [batch, dim]. Received: shape {tuple(embeddings.shape)}. "
            "Flatten each sample's embedding to one vector."
        )
    return floats_of(embeddings)


def floats_of(y_pred: Any) -> Tensor:
    """`y_pred` as a tensor; raises `TypeError` unless it is floating point."""
    values = ops.convert_to_tensor(y_pred)
    if "float" not in str(values.dtype):
        raise TypeError(f"Expected `y_pred` to be floating point. Received: dtype {values.dtype}.")
    return values


def similarities_of(y_pred: Any) -> Tensor:
    """`y_pred` as a float tensor [batch, batch].

    Raises:
        ValueError: for another shape.
        TypeError: for another dtype.
    """
    matrix = floats_of(y_pred)
    shape = tuple(matrix.shape)
    if len(shape) != 2 or (None not in shape and shape[0] != shape[1]):
        raise ValueError(
            f"Expected `y_pred` to be similarities of shape [batch, batch]. Received: shape {shape}. "
            "For two matrices of embeddings [batch, dim] pass their product `a @ b.T`."
        )
    return matrix


def same_batch(labels: Tensor, predictions: Tensor) -> Tensor:
    """The labels [batch, …], known to be as many as the predictions [batch, …]; raises `ValueError` otherwise."""
    count, batch = labels.shape[0], predictions.shape[0]
    if None not in (count, batch) and count != batch:
        raise ValueError(f"Expected one label a prediction. Received: {count} in `y_true` for {batch} in `y_pred`.")
    # Where a size is unknown until the program runs, the reshape is what checks it.
    return ops.reshape(labels, (ops.shape(predictions)[0], *ops.shape(labels)[1:]))


def precise(x: Tensor) -> Tensor:
    """Floats in the dtype to compute in: float64 stays, everything else becomes float32."""
    return x if "float64" in str(x.dtype) else ops.cast(x, "float32")


def one_each(name: str, x: Tensor) -> Tensor:
    """A tensor [batch] or [batch, 1] as [batch]; raises `ValueError` for another shape."""
    shape = tuple(x.shape)
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
        raise ValueError(f"Expected `{name}` to be of shape [batch] or [batch, 1]. Received: shape {shape}.")
    return ops.reshape(x, (-1,))


def amounts_of(y_true: Any, like: Tensor) -> Tensor:
    """`y_true` that are amounts and no names of classes (0 and 1, as a rule) as floats of the dtype of `like`.

    Raises:
        TypeError: for anything but numbers and booleans.
    """
    # `ops.is_tensor` and `sparse=False`: TensorFlow's sparse tensors are taken too, and made dense.
    on_host = not ops.is_tensor(y_true)
    amounts = _host_labels(y_true) if on_host else ops.convert_to_tensor(y_true, sparse=False)
    kind = str(amounts.dtype)
    if not any(word in kind for word in ("int", "bool", "float")):
        raise TypeError(f"Expected `y_true` to be 0 and 1, as integers, booleans or floats. Received: dtype {kind}.")
    if on_host:  # PyTorch has no uint64 to cast from
        amounts = amounts.astype(keras.backend.standardize_dtype(like.dtype))
    return ops.cast(ops.convert_to_tensor(amounts), like.dtype)


def codes_of(y_true: Any, embeddings: Tensor) -> Tensor:
    """`y_true` as integer codes [batch], equal exactly where the labels are.

    Raises:
        ValueError: for a shape other than [batch] or [batch, 1], or a batch other than that of the embeddings.
        TypeError: for labels that are not integers, booleans or strings.
    """
    labels = y_true if _backend.is_tensor(y_true) else _host_labels(y_true)
    shape, kind = tuple(labels.shape), str(labels.dtype)
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
        raise ValueError(
            f"Expected `y_true` to be class labels of shape [batch] or [batch, 1]. Received: shape {shape}. "
            "For one-hot labels pass their argmax along the last axis."
        )
    if "float" in kind or "complex" in kind:
        raise TypeError(
            "Expected `y_true` to be integer, boolean or string labels: floats cannot tell large labels apart. "
            f"Received: dtype {kind}. Cast them with `.astype('int32')`, or number them with `semihard.encode_labels`."
        )
    batch = embeddings.shape[0]
    if batch is not None and shape[0] is not None and int(batch) != int(shape[0]):
        raise ValueError(f"Expected one label an embedding. Received: {shape[0]} labels for {batch} embeddings.")
    # Where a size is unknown until the program runs, the reshape is what checks it.
    return ops.reshape(
        _backend.label_codes(ops.reshape(labels, (-1,)) if _backend.is_tensor(labels) else labels),
        (ops.shape(embeddings)[0],),
    )


def _host_labels(y_true: Any) -> np.ndarray:
    try:
        labels = np.asarray(y_true)
    except ValueError:  # lists of unequal lengths
        labels = np.empty(0, dtype=object)
    if labels.dtype == object:
        raise TypeError(
            "Expected `y_true` to be labels of one type. Received: Python objects of mixed types or lengths. "
            "Number them with `semihard.encode_labels`."
        )
    return labels


def finite_number(name: str, value: Any) -> float:
    """`value` as a finite float; raises `TypeError` or `ValueError` otherwise."""
    if isinstance(value, bool | str) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"Expected `{name}` to be a number. Received: {name}={value!r} ({type(value).__name__}).")
    if not -math.inf < value < math.inf:  # false for NaN too; `math.isfinite` would break a compiled PyTorch graph
        raise ValueError(f"Expected `{name}` to be finite. Received: {name}={value}.")
    return float(value)


def positive_number(name: str, value: Any) -> float:
    """`value` as a finite float above 0; raises `TypeError` or `ValueError` otherwise."""
    number = finite_number(name, value)
    if number <= 0:
        raise ValueError(f"Expected `{name}` to be above 0. Received: {name}={value}.")
    return number

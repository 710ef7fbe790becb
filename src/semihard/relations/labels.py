"""What is accepted as labels, and what is said to anything else."""

from typing import Any

import keras
import numpy as np
from keras import ops

from semihard import _backend

Tensor = Any


def codes_of(y_true: Any, batch: Any) -> Tensor:
    """`y_true` as integer codes [batch], equal exactly where the labels are.

    Args:
        y_true: as in `labels_of`.
        batch: the embeddings [batch, …], or their number.

    Raises:
        ValueError: for a shape other than [batch] or [batch, 1], or a batch other than that of the embeddings.
        TypeError: for labels that are not integers, booleans or strings.
    """
    return one_a_row(_backend.label_codes(labels_of(y_true)), batch)


def labels_of(y_true: Any) -> Any:
    """`y_true` as labels [batch]: a tensor as it is, anything else as a NumPy array; raises as `codes_of`."""
    labels = y_true if _backend.is_tensor(y_true) else host_labels(y_true)
    shape = tuple(labels.shape)
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
        raise ValueError(
            f"Expected `y_true` to be class labels of shape [batch] or [batch, 1]. Received: shape {shape}. "
            "For one-hot labels pass their argmax along the last axis."
        )
    exact(labels)
    return ops.reshape(labels, (-1,)) if _backend.is_tensor(labels) else labels.reshape(-1)


def exact(labels: Any) -> None:
    """Raise `TypeError` for labels that cannot be told apart exactly."""
    kind = str(labels.dtype)
    if "float" in kind or "complex" in kind:
        raise TypeError(
            "Expected `y_true` to be integer, boolean or string labels: floats cannot tell large labels apart. "
            f"Received: dtype {kind}. Cast them with `.astype('int32')`, or number them with `semihard.encode_labels`."
        )


def one_a_row(labels: Tensor, batch: Any) -> Tensor:
    """The labels [batch, …], known to be as many as the embeddings; raises `ValueError` otherwise.

    Args:
        labels: a tensor.
        batch: the embeddings [batch, …], or their number.
    """
    count, size = labels.shape[0], ops.shape(batch)[0] if len(getattr(batch, "shape", ())) else batch
    if isinstance(count, int) and isinstance(size, int) and count != size:
        raise ValueError(f"Expected one label an embedding. Received: {count} labels for {size} embeddings.")
    # Where a size is unknown until the program runs, the reshape fails, or what is done with the masks does.
    return ops.reshape(labels, (size, *ops.shape(labels)[1:]))


def amounts_of(y_true: Any, dtype: Any) -> Tensor:
    """`y_true` that are amounts and no names of classes (0 and 1, as a rule) as floats of this dtype.

    Raises:
        TypeError: for anything but numbers and booleans.
    """
    # `ops.is_tensor` and `sparse=False`: TensorFlow's sparse tensors are taken too, and made dense.
    on_host = not ops.is_tensor(y_true)
    amounts = host_labels(y_true) if on_host else ops.convert_to_tensor(y_true, sparse=False)
    kind = str(amounts.dtype)
    if not any(word in kind for word in ("int", "bool", "float")):
        raise TypeError(f"Expected `y_true` to be 0 and 1, as integers, booleans or floats. Received: dtype {kind}.")
    if on_host:  # PyTorch has no uint64 to cast from
        amounts = amounts.astype(keras.backend.standardize_dtype(dtype))
    return ops.cast(ops.convert_to_tensor(amounts), dtype)


def host_labels(y_true: Any) -> np.ndarray:
    """Lists and the like as a NumPy array; raises `TypeError` for a mixture."""
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

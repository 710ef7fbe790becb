"""What is accepted as labels, and what is said to anything else."""

from typing import Any

import keras
import numpy as np

from semihard import backend
from semihard._core.arrays import as_numpy, is_array
from semihard._core.labels import NO_LABELS, label_array
from semihard.backend import Tensor, ops

# Whole numbers below these are told apart; at the first of them, n and n + 1 have become one.
_EXACT_BELOW = {"bfloat16": 2**8, "float16": 2**11, "float32": 2**24, "float64": 2**53}


def codes_of(y_true: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """`y_true` as integer codes [batch], equal exactly where the labels are; and `x` as `exact_labels` gives it.

    Args:
        y_true: as in `labels_of`.
        x: the embeddings [batch, …], or what stands for them.

    Raises:
        ValueError: for a shape other than [batch] or [batch, 1], a batch other than that of the embeddings, or floats
            that cannot be told apart.
        TypeError: for complex numbers.
    """
    y_true, x = exact_labels(y_true, x)
    return match_batch(backend.label_codes(labels_of(y_true)), x), x


def exact_labels(y_true: Any, x: Tensor) -> tuple[Any, Tensor]:
    """Labels whose floats have become integers, and `x`, which is NaN where they could not.

    Keras hands floats to a loss that is a function or a `keras.losses.Loss`, and generators often give them. Whole
    numbers below 2²⁴ (of float32) are exact. Others may have been two labels, or are none: eager code raises, and a
    compiled program, which cannot, gives NaN.

    Args:
        y_true: labels of any shape; only a float tensor is changed.
        x: a floating point tensor, on which the loss depends.
    """
    if not (backend.is_tensor(y_true) and "float" in str(y_true.dtype)):
        return y_true, x
    labels, fine = _whole(y_true)
    # A factor, so that the gradient is NaN, too.
    return labels, x if fine is None else x * ops.where(fine, ops.ones_like(x[..., :1]), np.nan)


def labels_of(y_true: Any) -> Any:
    """`y_true` as labels [batch]: a tensor of integers or strings as it is, anything else as a NumPy array.

    Raises:
        ValueError: for a shape other than [batch] or [batch, 1], or floats that cannot be told apart.
        TypeError: for complex numbers, or for floats in a compiled program, which cannot look at them.
    """
    labels = y_true if backend.is_tensor(y_true) else label_array("y_true", y_true)
    shape = tuple(labels.shape)
    if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
        raise ValueError(
            f"Expected `y_true` to be [n] or [n, 1], one label for each sample. Received: shape {shape}. "
            f"For one-hot labels pass their argmax along the last axis. {NO_LABELS}"
        )
    labels = whole(labels)
    return ops.reshape(labels, (-1,)) if backend.is_tensor(labels) else labels.reshape(-1)


def whole(labels: Any) -> Any:
    """Labels, a tensor or a NumPy array, as they are; those of floats as integers; raises as `labels_of`."""
    labels, fine = _whole(labels)
    if fine is not None:
        raise TypeError(
            "Expected `y_true` to be integer, boolean or string labels: a compiled program cannot see whether floats "
            "are whole. Received: floats. Cast them with `keras.ops.cast(y_true, 'int32')` where they are small, or "
            "number the labels with `semihard.encode_labels`."
        )
    return labels


def _whole(labels: Any) -> tuple[Any, Tensor | None]:
    """Floats as integers; and whether that is exact, bool [], or None where it is known to be."""
    kind = str(labels.dtype).removeprefix("torch.").split("'")[1 if "'" in str(labels.dtype) else 0]
    if "complex" in kind:
        raise TypeError(f"Expected `y_true` to be labels. Received: complex numbers ({kind}). Number them.")
    if "float" not in kind:
        return labels, None
    below, wide = _EXACT_BELOW[kind], "int64" if kind == "float64" else "int32"
    if not backend.is_tensor(labels):
        exact = (np.abs(labels) < below) & (labels == np.round(labels))
        if not exact.all():
            raise _inexact(kind, labels, exact)
        return labels.astype(wide), None
    exact = ops.logical_and(ops.abs(labels) < below, labels == ops.round(labels))
    fine = ops.all(exact)
    numbers = ops.cast(ops.where(exact, labels, ops.zeros_like(labels)), wide)
    decided = backend.concrete_int(ops.cast(fine, "int32"))
    if decided is None:
        return numbers, fine
    if not decided:
        values = ops.convert_to_numpy(ops.cast(labels, "float32" if "16" in kind else kind))
        raise _inexact(kind, values, ops.convert_to_numpy(exact))
    return numbers, None


def _inexact(kind: str, labels: np.ndarray, exact: np.ndarray) -> ValueError:
    vectors = f" {NO_LABELS}" if labels.ndim > 1 and labels.shape[1] > 1 else ""
    return ValueError(
        f"Expected labels as {kind} to be whole numbers below ±{_EXACT_BELOW[kind]}, beyond which two labels become "
        f"one. Received: {labels[~exact][0]}. Number them with `semihard.encode_labels`, and pass a loss object of "
        f"semihard to `compile`: Keras casts the labels of other losses to floats.{vectors}"
    )


def match_batch(labels: Tensor, batch: Any) -> Tensor:
    """The labels [batch, …], known to be as many as the embeddings; raises `ValueError` otherwise.

    Args:
        labels: a tensor.
        batch: the embeddings [batch, …], or their number.
    """
    count, size = labels.shape[0], ops.shape(batch)[0] if len(getattr(batch, "shape", ())) else batch
    if isinstance(count, int) and isinstance(size, int) and count != size:
        raise ValueError(f"Expected one label a prediction. Received: {count} labels for {size} predictions.")
    # Where a size is unknown until the program runs, the reshape fails, or what is done with the masks does.
    return ops.reshape(labels, (size, *ops.shape(labels)[1:]))


def multi_hot(y_true: Any, dtype: Any) -> Tensor:
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
    """What is no tensor of this backend as a NumPy array of its shape; raises `TypeError` for a mixture of kinds."""
    try:
        labels = as_numpy("y_true", y_true)
    except ValueError:  # lists of unequal lengths
        labels = np.empty(0, object)
    mixed = labels.dtype == object
    if labels.dtype.kind in "US" and not is_array(y_true):
        # NumPy makes strings of a list of numbers and strings.
        mixed = not all(isinstance(label, str | bytes) for label in np.asarray(y_true, object).ravel())
    if mixed:
        raise TypeError(
            "Expected `y_true` to be labels of one type. Received: Python objects of mixed types or lengths. "
            "Number them with `semihard.encode_labels`."
        )
    return labels

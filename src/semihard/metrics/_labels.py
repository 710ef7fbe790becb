"""Labels as codes, without a detour through floats."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray


def label_array(name: str, labels: Any, length: int) -> NDArray[Any]:
    """Return `labels` as an array [length] that keeps every distinction; raise `ValueError` for another shape."""
    array = np.asarray(labels)
    if array.dtype.kind == "f" and not isinstance(labels, np.ndarray) and not hasattr(labels, "__array__"):
        values = np.asarray(labels, dtype=object)
        if all(isinstance(value, Integral) for value in values.ravel()):
            # NumPy makes floats of Python integers that fit no one integer type.
            array = values
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (length,):
        raise ValueError(
            f"Expected `{name}` to be [{length}], one label for each embedding. Received shape {np.shape(array)}."
        )
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError(f"Expected `{name}` without NaN, which equals no label. Drop or label these rows.")
    return array


def label_codes(
    labels: NDArray[Any], gallery_labels: NDArray[Any] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the labels: int64 [queries] and int64 [gallery], equal where the labels are equal."""
    if gallery_labels is None:
        codes = _codes(labels)
        return codes, codes
    if labels.dtype != gallery_labels.dtype:
        kinds = {labels.dtype.kind, gallery_labels.dtype.kind}
        if not (kinds <= set("iubf") or len(kinds) == 1 or "O" in kinds):
            raise TypeError(
                f"Expected the labels of queries and gallery to be of one kind. "
                f"Received {labels.dtype} and {gallery_labels.dtype}. Convert one of them."
            )
        if np.result_type(labels, gallery_labels).kind == "f":
            # int64 and uint64 meet as float64, where 2^53 equals 2^53 + 1.
            labels, gallery_labels = labels.astype(object), gallery_labels.astype(object)
    codes = _codes(np.concatenate([labels, gallery_labels]))
    return codes[: len(labels)], codes[len(labels) :]


def _codes(labels: NDArray[Any]) -> NDArray[np.int64]:
    try:
        return np.unique(labels, return_inverse=True)[1].reshape(-1).astype(np.int64)
    except TypeError as error:
        raise TypeError(
            f"Expected labels that can be ordered among each other. Received {error}. Use integers or strings."
        ) from error

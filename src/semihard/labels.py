"""Labels of any kind as small integers, and the way back."""

from collections.abc import Hashable, Iterable

import numpy as np


def encode_labels(labels: Iterable[Hashable] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number labels 0, 1, … so that they pass through any backend's data pipeline unharmed.

    Use it for strings, and for integers beyond ±2³¹: Keras's data adapters on JAX wrap those to 32 bits, so that labels
    2³² apart silently become one class. Strings cannot enter `fit` on any backend.

    Args:
        labels: [n], any hashable values. NumPy arrays of one type are numbered in ascending order, everything else in
            the order of first appearance.

    Returns:
        codes: int32 [n], from 0.
        classes: [number of classes]; `classes[codes]` are the labels again. An object array unless a
            NumPy array came.

    Raises:
        TypeError: for a label that cannot be hashed.
        ValueError: for an array of more than one axis, or for NaN, which is not equal to itself.

    Example:
        >>> codes, classes = encode_labels(["cat", "dog", "cat"])
        >>> codes.tolist(), classes.tolist()
        ([0, 1, 0], ['cat', 'dog'])
    """
    if isinstance(labels, np.ndarray) and labels.ndim != 1:
        raise ValueError(f"Expected labels of shape [n]. Received: shape {labels.shape}. Use `labels.ravel()`.")
    if isinstance(labels, np.ndarray) and labels.dtype != object:
        if labels.dtype.kind in "fc" and np.isnan(labels).any():
            raise ValueError("Expected labels that equal themselves. Received: NaN. Fill in or drop those samples.")
        classes, codes = np.unique(labels, return_inverse=True)
        return codes.astype(np.int32), classes
    seen: dict[Hashable, int] = {}
    numbers = []
    for label in labels:
        if label != label:
            raise ValueError(
                f"Expected labels that equal themselves. Received: {label!r}. Fill in or drop those samples."
            )
        numbers.append(seen.setdefault(label, len(seen)))
    found = np.empty(len(seen), object)
    found[:] = list(seen)
    return np.array(numbers, np.int32), found

"""Labels of any kind: what is accepted as labels of samples, and which of them are equal."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.arrays import as_numpy, is_array

# Integers up to here are exact as float64.
EXACT = 2**53
NO_LABELS = "If these are embeddings, they came in the place of the labels."


def label_array(name: str, labels: Any, length: int | None = None) -> NDArray[Any]:
    """Labels of any kind as an array [n] in which labels are equal exactly where they were.

    Args:
        name: what to call them in an error.
        labels: [n] or [n, 1]: numbers, booleans, strings, or any other values that can be hashed. Lists and other
            iterables, NumPy arrays, pandas Series, Index, Categorical and frames of one column, tensors of PyTorch,
            TensorFlow and JAX, and lists of tensors of one element. Text as bytes is read as UTF-8, which is how
            TensorFlow holds strings. A tuple is one label.
        length: how many there have to be.

    Returns:
        Numbers in the dtype in which they came (Python's: bool, int64, uint64 or float64); strings and everything else
        as Python objects.

    Raises:
        TypeError: for a single string, a mapping or a set, for labels that cannot be hashed, or for a tensor without
            values.
        ValueError: for another shape or length, or for missing labels (None, NaN, pandas' NA, NaT, masked), with their
            places.

    Example:
        >>> label_array("labels", np.array([[3], [4]])).tolist()
        [3, 4]
    """
    listed = is_array(labels) or isinstance(labels, Iterable)
    if not listed or isinstance(labels, str | bytes | Mapping | set | frozenset):
        raise TypeError(
            f"Expected `{name}` to be one label a sample, as a list or an array. Received: {type(labels).__name__}."
        )
    array = as_numpy(name, labels) if is_array(labels) else _of_items(name, list(labels))
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or length not in (None, len(array)):
        count = "n" if length is None else length
        one_hot = f" For one-hot labels pass their argmax along the last axis. {NO_LABELS}" if array.ndim == 2 else ""
        raise ValueError(
            f"Expected `{name}` to be [{count}] or [{count}, 1], one label for each sample. "
            f"Received: shape {array.shape}.{one_hot}"
        )
    if array.dtype.kind == "V":
        raise TypeError(f"Expected `{name}` to be labels. Received: records of dtype {array.dtype}. Choose a column.")
    if array.dtype.kind in "OSU":
        return _of_items(name, array.tolist())
    if array.dtype.kind in "fcmM":
        _refuse_missing(name, np.flatnonzero(array != array), "NaN")
    return array


def label_codes(
    labels: NDArray[Any], gallery_labels: NDArray[Any] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number labels from `label_array`: int64 [queries] and int64 [gallery], equal where the labels are equal.

    The numbers ascend with the labels where these have an order.
    """
    if gallery_labels is None:
        codes = _ranked(labels)[0]
        return codes, codes
    kinds = {_kind(labels), _kind(gallery_labels)}
    if kinds == {"text", "number"}:
        raise TypeError(
            f"Expected the labels of queries and gallery to be of one kind. Received {labels.dtype} and "
            f"{gallery_labels.dtype}, text and numbers. Convert one of them."
        )
    if labels.dtype != gallery_labels.dtype and np.result_type(labels, gallery_labels).kind == "f":
        # int64 and uint64 meet as float64, where 2^53 equals 2^53 + 1.
        labels, gallery_labels = labels.astype(object), gallery_labels.astype(object)
    codes = _ranked(np.concatenate([labels, gallery_labels]))[0]
    return codes[: len(labels)], codes[len(labels) :]


def encode_labels(labels: Iterable[Hashable] | NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Number labels 0, 1, … so that they pass through any backend's data pipeline unharmed.

    Use it for strings, and for integers beyond ±2³¹: Keras's data adapters on JAX wrap those to 32 bits, so that labels
    2³² apart silently become one class. Strings cannot enter `fit` on any backend.

    Args:
        labels: [n] or [n, 1], any hashable values: a list, a NumPy array, a pandas Series or Categorical, a tensor of
            PyTorch, TensorFlow or JAX. Arrays of numbers are numbered in ascending order, everything else in the order
            of first appearance.

    Returns:
        codes: int32 [n], from 0.
        classes: [number of classes]; `classes[codes]` are the labels again. Strings and mixtures are Python objects.

    Raises:
        TypeError: for a label that cannot be hashed, or for what is not labels: one string, a mapping, a set.
        ValueError: for another shape, or for missing labels, with their places.

    Example:
        >>> codes, classes = encode_labels(["cat", "dog", "cat"])
        >>> codes.tolist(), classes.tolist()
        ([0, 1, 0], ['cat', 'dog'])
    """
    array = label_array("labels", labels)
    ascending = is_array(labels) and array.dtype != object
    codes, classes, first = _ranked(array)
    if not ascending:
        appeared = np.argsort(first, kind="stable")
        rank = np.empty_like(appeared)
        rank[appeared] = np.arange(len(appeared))
        codes, classes = rank[codes], classes[appeared]
    return codes.astype(np.int32), classes


def unique_labels(array: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The distinct labels of an array from `label_array`, in their order if they have one, and the place of each label.

    As `np.unique`, but for mixtures of kinds too.

    Example:
        >>> classes, codes = unique_labels(label_array("labels", ["b", "a", "b"]))
        >>> classes.tolist(), codes.tolist()
        (['a', 'b'], [1, 0, 1])
    """
    codes, classes, _ = _ranked(array)
    return classes, codes


def _ranked(array: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.int64]]:
    """Codes [n], classes and the first place of each, ascending where they have an order."""
    if array.dtype != object:
        classes, first, codes = np.unique(array, return_index=True, return_inverse=True)
        return codes.reshape(-1).astype(np.int64), classes, first
    firsts: dict[Any, int] = {}
    for place, value in enumerate(array):
        firsts.setdefault(value, place)
    try:
        names = sorted(firsts)
    except TypeError:  # a mixture of kinds
        names = list(firsts)
    number = {name: code for code, name in enumerate(names)}
    classes = np.empty(len(names), object)
    classes[:] = names
    codes = np.fromiter((number[value] for value in array), np.int64, len(array))
    return codes, classes, np.array([firsts[name] for name in names], np.int64)


def _kind(array: NDArray[Any]) -> str:
    if array.dtype != object:
        return "number" if array.dtype.kind in "iubf" else "other"
    return "text" if len(array) and all(isinstance(value, str) for value in array) else "other"


def _of_items(name: str, items: list[Any]) -> NDArray[Any]:
    """Labels one by one as an array [n] that keeps every distinction."""
    items = [label_item(name, item) for item in items]
    _refuse_missing(name, [place for place, item in enumerate(items) if _is_missing(item)], "no label")
    kinds = set(map(type, items))
    if kinds and kinds <= {bool, int, float}:
        exact = kinds <= {bool, int} or not any(isinstance(item, int) and abs(item) > EXACT for item in items)
        numbers = np.array(items)
        # NumPy makes floats of integers that fit no one type, and objects of larger ones.
        if exact and (numbers.dtype.kind in "biu" or float in kinds):
            return numbers
    elif kinds == {bytes}:
        items = _as_text(items)
    array = np.empty(len(items), object)
    array[:] = items
    for place, item in enumerate(items):
        try:
            hash(item)
        except TypeError as error:
            raise TypeError(
                f"Expected `{name}` to be labels that can be hashed: numbers, strings or tuples of them. "
                f"Received: {type(item).__name__} at place {place}. Make a string or a tuple of each."
            ) from error
    return array


def label_item(name: str, item: Any) -> Any:
    """A label or cell as Python's own object, out of an array of one element or a list of one."""
    if isinstance(item, np.generic):
        return item.item() if not isinstance(item, np.datetime64 | np.timedelta64) else item
    if isinstance(item, list | np.ndarray) or is_array(item):
        array = as_numpy(name, item) if is_array(item) else np.asarray(item, object)
        if array.shape not in ((), (1,)):
            raise ValueError(
                f"Expected `{name}` to be [n], one label for each sample. Received: a label of shape {array.shape}. "
                "For one-hot labels pass their argmax along the last axis."
            )
        return array.reshape(-1).tolist()[0]
    return item


def _is_missing(item: Any) -> bool:
    if item is None:
        return True
    try:
        return bool(item != item)
    except (TypeError, ValueError):  # pandas' NA has no truth
        return True


def _as_text(items: list[bytes]) -> list[Any]:
    try:
        return [item.decode() for item in items]
    except UnicodeDecodeError:
        return list(items)


def _refuse_missing(name: str, places: Any, what: str) -> None:
    if len(places):
        listed = ", ".join(str(place) for place in places[:5]) + (", …" if len(places) > 5 else "")
        raise ValueError(
            f"Expected `{name}` without missing values. Received: {what} (NaN, None or NA) at place {listed} "
            f"({len(places)} in all). Fill in or drop those samples."
        )

"""Data to evaluate, a batch at a time: all of it, or some samples that stand for it."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from semihard._core.arrays import as_numpy
from semihard._core.labels import label_array, label_codes
from semihard.callbacks._embed import batches, length, on_host
from semihard.callbacks._subsample import subsample


class HeldOut:
    """Goes through data in its order, as often as it is asked to.

    Args:
        data: (x, labels), or anything that gives batches (x, labels) when it is gone through.
        batch_size: samples at a time, where `data` is (x, labels) or only some samples are taken.
        samples: how many samples to take at most, chosen once by `subsample`; None for all.
        seed: of that choice.

    Raises:
        ValueError: for labels of another length than x.
        TypeError: for data that is neither arrays nor gives batches.
    """

    def __init__(self, data: Any, batch_size: int, samples: int | None, seed: int) -> None:
        self._data, self._batch_size, self._samples, self._seed = data, batch_size, samples, seed
        self._chosen: np.ndarray[Any, Any] | None = None
        self._arrays = isinstance(data, tuple | list) and len(data) == 2
        if self._arrays and (found := length(data[0])) != len(data[1]):
            raise ValueError(f"Expected one label a sample. Received: {found} samples, {len(data[1])} labels.")
        if not self._arrays and not hasattr(data, "__iter__") and not hasattr(data, "__getitem__"):
            raise TypeError(
                "Expected `data` to be (x, labels), or a data set that gives batches (x, labels). "
                f"Received: {type(data).__name__}."
            )

    def batches(self) -> Iterator[tuple[Any, np.ndarray[Any, Any]]]:
        """Yield x and labels [batch] of each batch."""
        if self._samples is None:
            for x, y, *_ in self._given():
                yield x, _labels(y)
        elif self._arrays:
            x, y = self._data
            labels, chosen = _labels(y), self._choice()
            for start in range(0, len(chosen), self._batch_size):
                rows = chosen[start : start + self._batch_size]
                yield keras.tree.map_structure(lambda array, rows=rows: _rows(array, rows), x), labels[rows]
        else:
            yield from self._chosen_of_batches()

    def _given(self) -> Iterator[Any]:
        if isinstance(self._data, keras.utils.PyDataset):  # it is numbered, and has no end of its own
            yield from (self._data[i] for i in range(len(self._data)))
        elif self._arrays:
            x, labels = self._data
            yield from ((part, labels[rows]) for rows, part in batches(x, self._batch_size))
        else:
            yield from self._data

    def _choice(self) -> np.ndarray[Any, Any]:
        if self._chosen is None:
            parts = [_labels(y) for _, y, *_ in self._given()] if not self._arrays else [_labels(self._data[1])]
            labels = np.concatenate(parts) if parts else np.empty(0, np.int64)
            self._chosen = subsample(label_codes(labels, None)[0], self._samples or 0, self._seed)
        return self._chosen

    def _chosen_of_batches(self) -> Iterator[tuple[Any, np.ndarray[Any, Any]]]:
        """The chosen rows of the batches, joined into batches of one size, for which a model is compiled once."""
        chosen, seen, waiting, count = self._choice(), 0, [], 0
        for x, y, *_ in self._given():
            labels = _labels(y)
            first, last = np.searchsorted(chosen, [seen, seen + len(labels)])
            rows = chosen[first:last] - seen
            seen += len(labels)
            if len(rows):
                waiting.append((_part(on_host(x), rows), labels[rows]))
                count += len(rows)
            while count >= self._batch_size:
                x, labels = _joined(waiting)
                full, rest = slice(self._batch_size), slice(self._batch_size, None)
                yield _part(x, full), labels[full]
                waiting, count = [(_part(x, rest), labels[rest])], count - self._batch_size
        if count:
            yield _joined(waiting)


def _labels(y: Any) -> np.ndarray[Any, Any]:
    return label_array("labels", on_host(y))


def _rows(array: Any, rows: np.ndarray[Any, Any]) -> Any:
    if hasattr(array, "iloc"):  # a frame, whose own places are columns
        return array.iloc[rows]
    # TensorFlow's tensors do not know such places; pictures that are decoded when they are asked for do.
    return as_numpy("data", array)[rows] if hasattr(array, "numpy") else array[rows]


def _part(x: Any, rows: Any) -> Any:
    return keras.tree.map_structure(lambda array: array[rows], x)


def _joined(parts: list[Any]) -> tuple[Any, np.ndarray[Any, Any]]:
    x = keras.tree.map_structure(lambda *arrays: np.concatenate(arrays), *(x for x, _ in parts))
    return x, np.concatenate([labels for _, labels in parts])

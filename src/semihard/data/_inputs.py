"""Arrays of samples, alone or as the named or numbered inputs of a model: their length, and some of their rows."""

from typing import Any

import keras
import numpy as np

from semihard._core.arrays import as_numpy


def arrays(name: str, value: Any) -> Any:
    """Return the array, or the dict or tuple of arrays, so that each can be indexed by an array of indices.

    Raises:
        ValueError: an empty dict or tuple, or samples of several shapes.
    """
    if isinstance(value, dict | tuple | list) and not len(value):
        raise ValueError(f"Expected `{name}` to be an array, or a dict or tuple of arrays. Received: {value!r}.")
    if isinstance(value, dict):
        return {key: _array(name, item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return tuple(_array(name, item) for item in value)
    return _array(name, value)


def parts(value: Any) -> dict[Any, Any]:
    """Each array by its name in a dict or its number in a tuple; one array by itself has the name None."""
    if isinstance(value, dict):
        return value
    return dict(enumerate(value)) if isinstance(value, tuple) else {None: value}


def rows(value: Any, indices: Any) -> Any:
    """The samples at these indices, in the same structure."""
    return like(value, {key: array[indices] for key, array in parts(value).items()})


def like(value: Any, chosen: dict[Any, Any]) -> Any:
    """What `parts` took apart, put together as in `value`."""
    if isinstance(value, dict):
        return chosen
    return tuple(chosen.values()) if isinstance(value, tuple) else chosen[None]


def check_length(name: str, value: Any, count: int, of: str = "labels") -> None:
    """Raise `ValueError` where an array is not of `count` samples."""
    for key, array in parts(value).items():
        if len(array) != count:
            which = name if key is None else f"{name}[{key!r}]"
            raise ValueError(
                f"Expected one sample of `{which}` for each of the {of}. Received: {len(array)} samples, {count} {of}."
            )


def places(name: str, value: Any, ndim: int, count: int) -> np.ndarray[Any, Any]:
    """Whole numbers of `ndim` dimensions that are places of samples; raise `TypeError` or `ValueError` otherwise."""
    found = as_numpy(name, value)
    if found.dtype.kind not in "iu" and found.size:
        raise TypeError(f"Expected `{name}` to be whole numbers. Received: dtype {found.dtype}.")
    if found.ndim != ndim:
        raise ValueError(f"Expected `{name}` to have {ndim} dimensions. Received: shape {found.shape}.")
    if found.size and not 0 <= found.min() <= found.max() < count:
        raise ValueError(
            f"Expected `{name}` to be places of the samples, from 0 to {count - 1}. "
            f"Received: {found.min()} to {found.max()}."
        )
    return found.astype(np.int64)


def _array(name: str, value: Any) -> Any:
    # What is neither stays as it is: a memory map, `ImageFiles`.
    if isinstance(value, dict | tuple | list) or hasattr(value, "detach") or keras.ops.is_tensor(value):
        value = as_numpy(name, value)
    elif hasattr(value, "iloc"):  # of pandas, which would look for columns
        value = value.to_numpy()
    if getattr(getattr(value, "dtype", None), "kind", "") == "O":
        shapes = sorted({np.shape(sample) for sample in value})
        if len(shapes) > 1:
            few = ", ".join(map(str, shapes[:3]))
            raise ValueError(
                f"Expected samples of `{name}` of one shape, which a batch can hold. Received: shapes {few}"
                f"{', …' if len(shapes) > 3 else ''}. Pad them, say with keras.utils.pad_sequences."
            )
    return value

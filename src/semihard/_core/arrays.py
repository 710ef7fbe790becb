"""Arrays of any library as NumPy arrays, without importing that library."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_array(value: Any) -> bool:
    """Whether `value` is an array, tensor, Series or frame of some library, and no list."""
    return hasattr(value, "__array__") or hasattr(value, "detach")


def as_numpy(name: str, value: Any) -> NDArray[Any]:
    """`value` as a NumPy array of the same dtype; bfloat16, which NumPy lacks, as float32.

    Args:
        name: what to call it in an error.
        value: a NumPy array; a tensor of PyTorch (on any device, with gradient or without), TensorFlow or JAX; a
            `keras.Variable`; a pandas Series, Index, Categorical or frame; or a list of numbers or of arrays.

    Raises:
        TypeError: for a tensor that has no values yet, as inside of a compiled function.
        ValueError: for lists of unequal lengths, or masked values.

    Example:
        >>> as_numpy("x", [1, 2])
        array([1, 2])
    """
    if isinstance(value, list | tuple) and value and not np.isscalar(value[0]):
        # One by one: NumPy cannot read a list of PyTorch tensors that have a gradient.
        value = [as_numpy(name, item) for item in value]
    elif hasattr(value, "detach"):  # PyTorch
        value = value.detach().cpu()
        if "strided" not in str(value.layout):
            value = value.to_dense()
        if "bfloat16" in str(value.dtype):
            value = value.float()
        value = value.numpy()
    if np.ma.is_masked(value):
        raise ValueError(
            f"Expected `{name}` without masked values. Received: {np.ma.count_masked(value)} of them. "
            "Fill in or drop those samples."
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise _without_values(name, value) from error
        raise ValueError(
            f"Expected `{name}` to have one shape. Received: lists of unequal lengths. Pad or cut them."
        ) from error
    except (NotImplementedError, TypeError) as error:  # a symbol of TensorFlow; a tracer of JAX
        raise _without_values(name, value) from error
    if array.dtype.kind == "V" and array.dtype.names is None:  # ml_dtypes, such as bfloat16
        array = array.astype(np.float32)
    return array


def _without_values(name: str, value: Any) -> TypeError:
    return TypeError(
        f"Expected `{name}` to have values. Received: {type(value).__name__}, which stands for values to come, as "
        "inside of a compiled function. Call this with arrays, outside of it."
    )

"""Keys that sort like distances. Those of float32 are its bits as integers, which a scan compares twice as fast."""

from typing import Any

import numpy as np

from semihard import backend
from semihard.backend import Tensor, ops

LARGEST = 2**31 - 1
SMALLEST = -(2**31)


def are_integers(distances: Tensor) -> bool:
    """Whether the keys of these distances are integers: they are for float32; other floats are their own keys."""
    return "float32" in str(distances.dtype)


def keys_of(distances: Tensor, nonnegative: bool = False) -> Tensor:
    """Keys in the order of the distances, equal exactly where the distances are (0.0 and −0.0 too)."""
    if not are_integers(distances):
        return distances
    bits = backend.bitcast_int32(distances)
    if nonnegative:
        return bits
    # Negative floats sort backwards as integers: reflect them. −0.0 lands on 0.0.
    return ops.where(bits < 0, SMALLEST - bits, bits)


def distances_of(keys: Tensor, nonnegative: bool = False) -> Tensor:
    """The inverse of `keys_of`, up to the sign of zero."""
    if "int" not in str(keys.dtype):
        return keys
    if nonnegative:
        return backend.bitcast_float32(keys)
    return backend.bitcast_float32(ops.where(keys < 0, SMALLEST - keys, keys))


def largest(keys: Tensor) -> Any:
    """A key above that of every distance."""
    return LARGEST if "int" in str(keys.dtype) else np.inf


def smallest(keys: Tensor) -> Any:
    """A key below that of every distance."""
    return SMALLEST if "int" in str(keys.dtype) else -np.inf

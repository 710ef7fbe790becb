"""Nearest key above a threshold by looking at every key: for up to some hundred thresholds a row, faster than sorting.

"The smallest key above t" is `t' + min(key − t')` with `t' = t + 1 − 2³¹` in wrapping int32: keys at or below t wrap to
the top. That is two machine instructions for 8 to 16 keys, where a mask would need four.
"""

from typing import Any

from keras import ops

from semihard import _backend
from semihard.mining._keys import LARGEST, SMALLEST

Tensor = Any

# A fused loop runs at the speed of the hardware when its reduction is written out: UNROLLED terms of LANES keys each.
LANES = 16
UNROLLED = 16
# Chosen keys that one pass over a row adds at a time. More of them take a loop: written out, they compile for seconds.
WRITTEN_OUT = 128


def padded(keys: Tensor) -> Tensor:
    """Keys [rows, columns] with columns a multiple of what the scan takes at a time; the new ones are LARGEST."""
    if not _backend.FUSES:
        return keys
    missing = -ops.shape(keys)[1] % (LANES * UNROLLED)
    if isinstance(missing, int) and missing == 0:
        return keys
    return ops.pad(keys, [[0, 0], [0, missing]], constant_values=LARGEST)


def nearest_above(keys: Tensor, thresholds: Tensor) -> Tensor:
    """For each threshold of a row, the smallest key of the row that is greater; LARGEST where none is.

    Args:
        keys: int32 [rows, columns], as `padded` returns them.
        thresholds: int32 [rows, k].

    Returns:
        int32 [rows, k].
    """
    shifted = thresholds + 1 + SMALLEST
    if not _backend.FUSES:
        return ops.stack([ops.min(keys - t, axis=1) for t in _columns(shifted)], axis=1) + shifted
    terms = _unrolled(keys)
    least = terms[0] - shifted[:, :, None, None]
    for term in terms[1:]:
        least = ops.minimum(least, term - shifted[:, :, None, None])
    return ops.min(least, axis=(2, 3)) + shifted


def count_equal(keys: Tensor, chosen: Tensor) -> Tensor:
    """How many keys of its row equal each chosen key: int32 [rows, k]."""
    if not _backend.FUSES:
        return ops.stack([ops.sum(ops.cast(keys == c, "int32"), axis=1) for c in _columns(chosen)], axis=1)
    count: Any = 0
    for term in _unrolled(keys):
        count = count + ops.where(term == chosen[:, :, None, None], 1, 0)
    return ops.cast(ops.sum(count, axis=(2, 3)), "int32")


def spread(keys: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
    """Σ over chosen keys of the weight, at every key equal to it: weights' dtype [rows, columns]."""
    total = ops.zeros_like(keys, dtype=weights.dtype)
    k = chosen.shape[1]
    if k <= WRITTEN_OUT or not _backend.FUSES:
        return _add(total, keys, chosen, weights)
    rest = [[0, 0], [0, -k % WRITTEN_OUT]]
    chosen, weights = ops.pad(chosen, rest), ops.pad(weights, rest)

    def add_some(step: Tensor, total: Tensor) -> Tensor:
        part = ((0, step * WRITTEN_OUT), (ops.shape(chosen)[0], WRITTEN_OUT))
        return _add(total, keys, ops.slice(chosen, *part), ops.slice(weights, *part))

    return ops.fori_loop(0, -(-k // WRITTEN_OUT), add_some, total)


def _add(total: Tensor, keys: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
    for key, weight in zip(_columns(chosen), _columns(weights), strict=True):
        total = total + ops.where(keys == key, weight, 0.0)
    return total


def _columns(x: Tensor) -> list[Tensor]:
    return [x[:, k : k + 1] for k in range(x.shape[1])]


def _unrolled(keys: Tensor) -> list[Tensor]:
    """UNROLLED slices of the keys, each [rows, 1, columns / (LANES · UNROLLED), LANES]."""
    rows, columns = ops.shape(keys)
    tiles = ops.reshape(keys, (rows, 1, columns // (LANES * UNROLLED), UNROLLED, LANES))
    return [tiles[:, :, :, u] for u in range(UNROLLED)]

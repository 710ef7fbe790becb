"""Nearest key above a threshold by looking at every key: for up to some hundred thresholds a row, faster than sorting.

"The smallest key above t" is `t' + min(key − t')` with `t' = t + 1 − 2³¹` in wrapping int32: keys at or below t wrap to
the top. That is two machine instructions for 8 to 16 keys, where a mask would need four.
"""

from collections.abc import Callable
from typing import Any

from semihard import backend
from semihard.backend import Tensor, ops
from semihard.mining._keys import LARGEST, SMALLEST

# A fused loop runs at the speed of the hardware when its reduction is written out: UNROLLED terms of LANES keys each.
LANES = 16
UNROLLED = 16
# Chosen keys that one pass over a row adds at a time. More of them take a loop: written out, they compile for seconds.
WRITTEN_OUT = 128
# Without a kernel compiler, comparisons that are made in one operation: fewer calls, until memory costs more than they.
COMPARED_AT_ONCE = 2**18
# With one, the terms [rows, k, columns / UNROLLED] that are held before they are reduced: up to 384 MiB of them all at
# once; of more, 32 MiB at a time. A loop makes TensorFlow's half as fast.
HELD_WITHOUT_LOOP = 3 * 2**25
HELD_AT_ONCE = 2**23
# With one, the longest rows that are looked at again as a whole for the places of a key: in longer ones finding, and
# gathering, the pieces that hold it is cheaper.
LOOKED_AT_AGAIN = 2**13


def padded(keys: Tensor) -> Tensor:
    """Keys [rows, columns] with columns a multiple of what the scan takes at a time; the new ones are LARGEST."""
    if not backend.FUSES:
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
    if not backend.FUSES:
        return _each(lambda keys, t: ops.amin(keys - t, axis=-1), keys, shifted) + shifted
    terms = _unrolled(keys)

    def least_of(shifted: Tensor) -> Tensor:
        least = terms[0] - shifted[:, :, None, None]
        for term in terms[1:]:
            least = ops.minimum(least, term - shifted[:, :, None, None])
        return ops.amin(least, axis=(2, 3))

    return _some_at_a_time(least_of, keys, shifted) + shifted


def count_equal(keys: Tensor, chosen: Tensor) -> Tensor:
    """How many keys of its row equal each chosen key: int32 [rows, k]."""
    if not backend.FUSES:
        return _each(lambda keys, c: ops.sum(keys == c, axis=-1), keys, chosen)
    terms = _unrolled(keys)

    def count_of(chosen: Tensor) -> Tensor:
        count: Any = 0
        for term in terms:
            count = count + ops.where(term == chosen[:, :, None, None], 1, 0)
        return ops.cast(ops.sum(count, axis=(2, 3)), "int32")

    return _some_at_a_time(count_of, keys, chosen)


def first_and_last(keys: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """The first and the last column in which a key equals each chosen one: int32 [rows, k]; 0 where none does."""
    width = ops.shape(keys)[1]
    columns = ops.arange(width, dtype="int32")[None, :]
    if not backend.FUSES:
        first = _each(lambda keys, c: ops.amin(ops.where(keys == c, columns, width), axis=-1), keys, chosen)
        last = _each(lambda keys, c: ops.amax(ops.where(keys == c, columns, 0), axis=-1), keys, chosen)
        return ops.where(first == width, 0, first), last
    first, last = width, 0
    for term, column in zip(_unrolled(keys), _unrolled(columns), strict=True):
        equal = term == chosen[:, :, None, None]
        first = ops.minimum(first, ops.where(equal, column, width))
        last = ops.maximum(last, ops.where(equal, column, 0))
    first, last = ops.amin(first, axis=(2, 3)), ops.amax(last, axis=(2, 3))
    return ops.where(first == width, 0, first), last


def places_above(keys: Tensor, thresholds: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As `nearest_above`, and where that key stands.

    Returns:
        The key; in how many columns it stands, where that is 0, 1 or 2, else any number above 2; the first and the last
        of these columns, 0 where there is none: int32 [rows, k] each.
    """
    width = ops.shape(keys)[1]
    if not backend.FUSES or (isinstance(width, int) and width <= LOOKED_AT_AGAIN):
        nearest = nearest_above(keys, thresholds)
        some = nearest != LARGEST  # which is also what `padded` adds, beyond the last column
        places = (count_equal(keys, nearest), *first_and_last(keys, nearest))
        return nearest, *(ops.where(some, x, 0) for x in places)
    # A piece of a row whose own nearest key is another one need not be looked at again.
    shifted = thresholds + 1 + SMALLEST
    terms = _unrolled(keys)
    least = terms[0] - shifted[:, :, None, None]
    for term in terms[1:]:
        least = ops.minimum(least, term - shifted[:, :, None, None])
    of_pieces = ops.amin(least, axis=3)
    nearest = ops.amin(of_pieces, axis=2)
    found = of_pieces == nearest[:, :, None]
    nearest = nearest + shifted
    rows, pieces = ops.shape(keys)[0], ops.shape(of_pieces)[2]
    piece = ops.arange(pieces, dtype="int32")[None, None, :]
    many = ops.sum(ops.cast(found, "int32"), axis=2)
    ends = ops.stack([ops.amin(ops.where(found, piece, pieces), axis=2), ops.amax(ops.where(found, piece, 0), axis=2)])
    width = LANES * UNROLLED
    flat = ops.reshape(keys, (rows * pieces, width))
    column = ops.arange(width, dtype="int32")[None, None, None, :]
    equal = (
        backend.gather_rows(flat, ends + ops.arange(rows, dtype="int32")[None, :, None] * pieces) == nearest[..., None]
    )
    ties = ops.sum(ops.cast(equal, "int32"), axis=3)
    ties = ops.where(many == 1, ties[0], ops.where(many == 2, ties[0] + ties[1], many))
    first = ends[0] * width + ops.amin(ops.where(equal[0], column[0], width), axis=2)
    last = ends[1] * width + ops.amax(ops.where(equal[1], column[0], 0), axis=2)
    some = nearest != LARGEST
    return nearest, *(ops.where(some, x, 0) for x in (ties, first, last))


def spread(keys: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
    """Σ over chosen keys of the weight, at every key equal to it: weights' dtype [rows, columns]."""
    total = ops.zeros_like(keys, dtype=weights.dtype)
    k = chosen.shape[1]
    if not backend.FUSES and keys.shape[0] * keys.shape[1] * k <= COMPARED_AT_ONCE:
        return ops.sum(ops.where(keys[:, None, :] == chosen[:, :, None], weights[:, :, None], 0.0), axis=1)
    if k <= WRITTEN_OUT or not backend.FUSES:
        return _add(total, keys, chosen, weights)
    rest = [[0, 0], [0, -k % WRITTEN_OUT]]
    chosen, weights = ops.pad(chosen, rest), ops.pad(weights, rest)

    def add_some(step: Tensor, total: Tensor) -> Tensor:
        part = ((0, step * WRITTEN_OUT), (ops.shape(chosen)[0], WRITTEN_OUT))
        return _add(total, keys, ops.slice(chosen, *part), ops.slice(weights, *part))

    return backend.fori_loop(-(-k // WRITTEN_OUT), add_some, total)


def _each(function: Callable[[Tensor, Tensor], Tensor], keys: Tensor, values: Tensor) -> Tensor:
    """`function(keys, value)`, which reduces the last axis, for each value of a row: [rows, k]."""
    if keys.shape[0] * keys.shape[1] * values.shape[1] <= COMPARED_AT_ONCE:
        return function(keys[:, None, :], values[:, :, None])
    return ops.stack([function(keys, value) for value in _columns(values)], axis=1)


def _some_at_a_time(function: Callable[[Tensor], Tensor], keys: Tensor, values: Tensor) -> Tensor:
    """`function(values)`, int32 [rows, k] like them, of as many at a time as the memory for their terms allows."""
    rows, columns = ops.shape(keys)
    k = values.shape[1]
    if not (isinstance(rows, int) and isinstance(columns, int)):
        return function(values)
    if rows * columns * k <= HELD_WITHOUT_LOOP * UNROLLED:
        return function(values)
    fit = max(HELD_AT_ONCE * UNROLLED // (rows * columns), 1)
    values = ops.pad(values, [[0, 0], [0, -k % fit]])

    def put(i: Any, found: Tensor) -> Tensor:
        return ops.slice_update(found, (0, i * fit), function(ops.slice(values, (0, i * fit), (rows, fit))))

    return backend.fori_loop(-(-k // fit), put, ops.zeros_like(values))[:, :k]


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

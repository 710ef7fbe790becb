"""Turn distances that carry rounding errors into an order that does not.

A matrix product gives squared distances fast, but its last bits depend on where in the matrix an entry lies, so equal
vectors may get unequal distances. They serve as a filter only: neighbours closer together than the error bound are
measured again by `pair_squared_distances`, which sees nothing but the two vectors.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Measure = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]


def pair_squared_distances(
    queries: NDArray[Any], gallery: NDArray[Any], query: NDArray[np.int64], item: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return Σ (a − b)² in float64, [pairs], for the rows `query` [pairs] and `item` [pairs].

    The value depends on the two vectors alone: bit-equal for equal pairs, symmetric, and 0 for equal vectors.
    """
    out = np.empty(len(query))
    # Pieces that stay in the processor's cache.
    step = max(1, 2**17 // queries.shape[1])
    for start in range(0, len(query), step):
        piece = slice(start, start + step)
        difference = np.subtract(queries[query[piece]], gallery[item[piece]], dtype=np.float64)
        out[piece] = np.square(difference, out=difference).sum(axis=1)
    return out


def error_bound(
    dim: int, squared_norms: NDArray[np.float64], item_norms: NDArray[np.float64], unit: float
) -> NDArray[Any]:
    """Bound |‖a‖² + ‖b‖² − 2 a·b − pair_squared_distances| by the squared norms of a and of b.

    With u the unit of rounding of the product (2⁻²⁴ or 2⁻⁵³): a product of n terms is within n u ‖a‖ ‖b‖ of the true
    one whatever the order of its sums, which contributes dim u (‖a‖² + ‖b‖²); rounding of the centred vectors and of
    their norms, and the two additions, at most 10 u of the same; the pair distance itself 2 (dim + 2) 2⁻⁵³ of it.
    """
    underflow = dim * float(np.finfo(np.float32 if unit > 2.0**-50 else np.float64).tiny)
    share = 1.01 * ((dim + 10) * unit + (2 * dim + 4) * 2.0**-53)
    return share * (squared_norms + item_norms) + underflow


def norms_within(squared_norms: NDArray[np.float64], squared_reach: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bound the squared norm ‖b‖² of what lies within a squared distance of a vector of squared norm ‖a‖².

    An item beyond the reach, whose larger norm makes its error larger, lies so far out that it cannot be mistaken.
    """
    return 2 * (squared_norms + squared_reach)


def row_identities(array: NDArray[Any]) -> NDArray[np.int64]:
    """Number the rows of [n, dim] so that bit-equal rows (−0 counts as 0) share a number, [n]."""
    if array.dtype.itemsize > 8:
        return _slow_identities(array)
    rng = np.random.default_rng(0)
    multipliers = rng.integers(0, 2**64, array.shape[1], np.uint64) | np.uint64(1)
    hashes = np.empty(len(array), np.uint64)
    for start in range(0, len(array), 1024):
        hashes[start : start + 1024] = _bits(array[start : start + 1024]) @ multipliers
    _, first, numbers = np.unique(hashes, return_index=True, return_inverse=True)
    others = np.flatnonzero(first[numbers] != np.arange(len(array)))
    for start in range(0, len(others), 1024):
        part = others[start : start + 1024]
        if (array[part] != array[first[numbers[part]]]).any():
            return _slow_identities(array)
    return numbers


def _bits(rows: NDArray[Any]) -> NDArray[np.uint64]:
    return (rows + rows.dtype.type(0)).view(f"u{rows.dtype.itemsize}").astype(np.uint64)


def _slow_identities(array: NDArray[Any]) -> NDArray[np.int64]:
    """The same where two rows share a hash by chance or by design, and for numbers of more than 64 bits."""
    seen: dict[bytes, int] = {}
    numbers = (seen.setdefault((row + row.dtype.type(0)).tobytes(), len(seen)) for row in array)
    return np.fromiter(numbers, np.int64, len(array))


def refine_order(
    squared: NDArray[np.float64],
    items: NDArray[np.int64],
    rows: NDArray[np.int64],
    close: NDArray[np.bool_],
    identities: Callable[[], NDArray[np.int64]],
    measure: Measure,
) -> None:
    """Bring each row of sorted, approximate neighbours into the exact order, in place.

    Args:
        squared: float64 [rows, width], ascending in each row.
        items: int64 [rows, width], the gallery items they belong to.
        rows: int64 [rows], query positions.
        close: bool [rows, width − 1], whether an entry and the next are too close to trust their order.
        identities: gives the number of each gallery item's vector; equal vectors tie without being measured.
        measure: exact squared distances of pairs.

    Afterwards two entries of a row are equal exactly if their `measure` is.
    """
    touched = np.flatnonzero(close.any(axis=1))
    if not len(touched):
        return
    part, part_items, width = squared[touched], items[touched], squared.shape[1]
    starts = np.ones(part.shape, bool)
    starts[:, 1:] = ~close[touched]
    first = np.flatnonzero(starts)
    run = np.cumsum(starts.ravel()) - 1
    vectors = identities()[part_items.ravel()]
    several = np.logical_or.reduceat(vectors != vectors[first][run], first)
    values = part.ravel()[first][run]
    again = np.flatnonzero(several[run])
    values[again] = measure(rows[touched[again // width]], part_items.ravel()[again])
    part = values.reshape(part.shape)
    order = np.argsort(part, axis=1, kind="stable")
    squared[touched] = np.take_along_axis(part, order, axis=1)
    items[touched] = np.take_along_axis(part_items, order, axis=1)

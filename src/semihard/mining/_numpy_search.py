"""The search on a CPU without a compiler, in NumPy: its sort is ten times as fast as PyTorch's, its calls are short.

It works on a piece of the anchors at a time: every pass over their distances finds them in the cache, and no piece is
so large that the C library asks the kernel for its memory, and gives it back, in each operation.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# Distances in a piece: 512 KiB, and twice that as keys, of a core's second cache.
AT_ONCE = 2**17
# Fewer distances are sorted by one thread before another has begun; and scans wait for the memory, not for a core.
WORTH_THREADS = 2**20
# The most positives of an anchor for which looking at every key beats sorting them.
SCANNED = 6
# A key is a distance's bits above a bit for the anchor's own class, above the column.
OWN = 2**31
COLUMN = OWN - 1
TAKEN = 2**31 - 1


class Positives(NamedTuple):
    """The positives of some anchors, as many for each.

    Attributes:
        cells: int64 [anchors, most], where they stand among the distances [anchors · references]; where one does not
            exist, the anchor itself does.
        exist: bool [anchors, most].
    """

    cells: Array
    exist: Array


class Negatives(NamedTuple):
    """The negative of each positive: the nearest that is farther, else the farthest.

    Attributes:
        distances: float32 [anchors, most].
        shared: weights [anchors, most] → cells int64 [n] and their weights [n], where negatives that are equally far
            share a weight equally. A cell may come twice.
    """

    distances: Array
    shared: Callable[[Array], tuple[Array, Array]]


def pieces(first: int, anchors: int, references: int) -> list[slice]:
    """Slices of the anchors from `first` on that are mined one after the other, or by several threads."""
    size = max(AT_ONCE // references, 1)
    return [slice(i, min(i + size, anchors)) for i in range(first, anchors, size)]


def use_threads(most: int, anchors: int, references: int) -> bool:
    """Whether pieces of so many anchors, with at most so many positives each, are mined sooner by several threads."""
    return anchors * references >= WORTH_THREADS and not scans(most, references)


def scans(most: int, references: int) -> bool:
    """Whether looking at every key for each of at most so many positives beats a sort."""
    return most <= SCANNED and references > 256


def positives_of(start: Array, stop: Array, own: Array, references: int) -> Positives:
    """The positives of anchors whose class is the columns [start, stop), themselves (`own`, [anchors]) left out."""
    most = max(int((stop - start).max()) - 1, 1)
    columns = start[:, None] + np.arange(most, dtype=np.int32)
    columns += columns >= own[:, None]
    exist = columns < stop[:, None]
    rows = np.arange(0, len(start) * references, references)
    return Positives(np.where(exist, columns, own[:, None]) + rows[:, None], exist)


def negatives_of(distances: Array, positives: Positives, own: Array, count: Array) -> Negatives:
    """The negatives among distances [anchors, references], float32 and at least 0.

    Args:
        distances: of the anchors.
        positives: of the anchors.
        own: [anchors], the columns of the anchors.
        count: [anchors], how many negatives each has. Without any, what comes is no negative.
    """
    by = _by_scan if scans(positives.cells.shape[1], distances.shape[1]) else _by_sort
    rows = np.arange(0, distances.size, distances.shape[1])
    return by(distances, positives.cells, rows, own + rows, count)


def _by_sort(distances: Array, positives: Array, rows: Array, own: Array, count: Array) -> Negatives:
    # Each row is sorted once, its own class behind the negatives that are as far. What an own one is followed by is its
    # place less the own ones before it, in the list of the negatives alone: nothing is searched.
    references = distances.shape[1]
    keys = distances.view(np.int32).astype(np.int64)
    keys <<= 32
    keys |= np.arange(references)
    flat = keys.reshape(-1)
    flat[positives] |= OWN
    flat[own] |= OWN
    keys.sort(axis=1)
    is_own = (flat & OWN).astype(bool)
    places = np.flatnonzero(is_own)
    negatives = flat[~is_own]
    if not len(negatives):
        return Negatives(
            np.zeros(positives.shape, np.float32), lambda weights: (positives.reshape(-1), 0 * weights.reshape(-1))
        )
    row = np.repeat(np.arange(len(rows)), references - count)
    after = places - np.arange(len(places))
    last = (np.cumsum(count) - 1)[row]
    beyond = after > last
    after = np.where(beyond, last, after)
    # From the order of distances to that of the positives.
    cell = (flat[places] & COLUMN) + rows[row]
    slot = np.empty(distances.size, np.int64)
    slot[cell] = after
    after = slot[positives]
    chosen = negatives[after]
    slot[cell] = beyond
    beside = np.where(slot[positives], after - 1, np.minimum(after + 1, len(negatives) - 1))
    tied = (negatives[beside] >> 32 == chosen >> 32) & (beside != after)

    def shared(weights: Array) -> tuple[Array, Array]:
        cells = (chosen & COLUMN) + rows[:, None]
        if not tied.any():
            return cells.reshape(-1), weights.reshape(-1)
        # Negatives of one distance in one row stand together: a group, told by the place of its first.
        distance = negatives >> 32
        begins = np.ones(len(negatives), bool)
        np.not_equal(distance[1:], distance[:-1], out=begins[1:])
        begins[np.cumsum(count[:-1])[count[1:] > 0]] = True
        begins = np.flatnonzero(begins)
        group = np.searchsorted(begins, after[tied], "right") - 1
        groups, triplet = np.unique(group, return_inverse=True)
        sizes = np.append(begins, len(negatives))[groups + 1] - begins[groups]
        share = np.bincount(triplet, weights[tied], len(groups)) / sizes
        members = np.repeat(begins[groups] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        first = np.repeat(rows[np.searchsorted(np.cumsum(count), begins[groups], "right")], sizes)
        once = ~tied
        return (
            np.concatenate([cells[once], (negatives[members] & COLUMN) + first]),
            np.concatenate([weights[once], np.repeat(share, sizes).astype(weights.dtype)]),
        )

    return Negatives((chosen >> 32).astype(np.int32).view(np.float32), shared)


def _by_scan(distances: Array, positives: Array, rows: Array, own: Array, count: Array) -> Negatives:
    # "The smallest key above t" is the smallest of key − t' where t' = t + 1 − 2³¹ wraps, as keys up to t then do.
    keys = distances.view(np.int32).copy()
    flat = keys.reshape(-1)
    thresholds = flat[positives]
    flat[positives] = TAKEN
    flat[own] = TAKEN
    above = np.empty_like(keys)
    cells, tied = np.empty(positives.shape, np.int64), np.empty(positives.shape, bool)
    for k in range(positives.shape[1]):
        np.subtract(keys, (thresholds[:, k] + np.int32(1) + np.int32(-(2**31)))[:, None], out=above)
        cells[:, k] = above.argmin(axis=1) + rows
        nearest = above.reshape(-1)[cells[:, k]]
        above.reshape(-1)[cells[:, k]] = TAKEN
        tied[:, k] = above.min(axis=1) == nearest
    found = flat[cells]
    alone, which = np.nonzero((found <= thresholds) | (found == TAKEN))
    if len(alone):
        farthest = np.where(keys[alone] == TAKEN, -1, keys[alone])
        cells[alone, which] = farthest.argmax(axis=1) + rows[alone]
        found = flat[cells]
        tied[alone, which] = (farthest == found[alone, which, None]).sum(axis=1) > 1

    def shared(weights: Array) -> tuple[Array, Array]:
        row, which = np.nonzero(tied & (weights != 0))
        if not len(row):
            return cells.reshape(-1), weights.reshape(-1)
        equal = keys[row] == found[row, which, None]
        triplet, column = np.nonzero(equal)
        share = (weights[row, which] / equal.sum(axis=1))[triplet]
        once = ~tied
        return (
            np.concatenate([cells[once], column + rows[row[triplet]]]),
            np.concatenate([weights[once], share.astype(weights.dtype)]),
        )

    return Negatives(found.view(np.float32), shared)

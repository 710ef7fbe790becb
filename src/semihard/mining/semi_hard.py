"""Semi-hard negatives: for every positive pair, the nearest negative that is farther than the positive.

Schroff, Kalenichenko, Philbin, "FaceNet", 2015, §3.2. An anchor without such a negative takes its farthest one.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from keras import ops

from semihard import _backend
from semihard.distances import Metric
from semihard.mining import _keys, _scan, _sort
from semihard.pairs import Pairs

Tensor = Any
# (positive distance − negative distance) → (cost, slope of the cost); hashable, since compiled programs are kept by it
Pay = Callable[[Tensor], tuple[Tensor, Tensor]]

# Most positives an anchor may have for each way to search. A program holds one branch a bucket and runs the first that
# is large enough; buckets are one less than the usual samples a class, since an anchor is not its own positive.
SCANNED = (3, 15, 63, 127, 511)
# Up to here the number of positives hardly matters, and one program without branches compiles several times faster.
SMALL = 63
# Eager scans read the whole batch once a positive, so sorting is ahead of them much sooner.
SCANNED_EAGERLY = 16


def pay_semi_hard(
    pairs: Pairs, pay: Pay, row_minimum: bool = False, metric: Metric | None = None
) -> tuple[Tensor, Tensor]:
    """Mine semi-hard negatives and pay for each triplet.

    Args:
        pairs: distances [anchors, references] and class ranges, without gradient.
        pay: maps d(anchor, positive) − d(anchor, negative) to the cost and its slope.
        row_minimum: whether a positive pair without any negative pays against the row's smallest distance, as in
            TensorFlow Addons. By default such a pair is left out.

        metric: if given, `pairs.distances` is the Gram matrix, and the metric is applied in the same fused program.

    Returns:
        cost: [anchors], the sum over the anchor's positives.
        slopes: [anchors, references], the derivative of cost by each distance, times the metric's slope if there is
            one. Tied negatives share it equally.
    """
    scan, sort = (_Search(function, pairs, pay, row_minimum, metric) for function in (_by_scan, _by_sort))
    most = ops.max(pairs.stop - pairs.start, axis=0) - 1
    references = ops.shape(pairs.distances)[1]
    limit = references - 1 if isinstance(references, int) else None
    if not _keys.fit(pairs.distances):
        return sort(limit)
    if limit is not None and limit <= SMALL:
        return scan(limit)
    known = _backend.known(most)
    if not _backend.FUSES:
        return (
            scan(known) if known is not None and known <= SCANNED_EAGERLY else sort(limit if known is None else known)
        )
    buckets = [k for k in SCANNED if limit is None or k < 2 * limit]
    searches: list[Callable[[], Any]] = [functools.partial(scan, k) for k in buckets]
    if limit is None or buckets[-1] < limit:
        searches.append(functools.partial(sort, limit))
    if known is not None:
        return searches[sum(known > k for k in buckets)]()
    return _backend.select(sum(ops.cast(most > k, "int32") for k in buckets), searches)


@dataclasses.dataclass(frozen=True)
class _Search:
    """One way to search, ready to run for a given largest number of positives an anchor (None: all columns)."""

    search: Callable[..., Any]
    pairs: Pairs
    pay: Pay
    row_minimum: bool
    metric: Metric | None

    def __call__(self, positives: int | None) -> tuple[Tensor, Tensor]:
        options: dict[str, Any] = {"pay": self.pay, "row_minimum": self.row_minimum, "metric": self.metric}
        if positives is None:
            return _searched(*self.pairs, search=self.search, positives=None, **options)
        run = _backend.fused(_searched, search=self.search, positives=max(positives, 1), **options)
        return run(*self.pairs)


def _searched(
    distances: Tensor,
    start: Tensor,
    stop: Tensor,
    own: Tensor,
    search: Callable[..., Any],
    positives: int | None,
    pay: Pay,
    row_minimum: bool,
    metric: Metric | None,
) -> tuple[Tensor, Tensor]:
    distances = distances if metric is None else metric.of_gram(distances)
    cost, slopes = search(distances, start, stop, own, positives, pay, row_minimum)
    return cost, slopes if metric is None else slopes * metric.slope(distances)


def _by_scan(
    distances: Tensor, start: Tensor, stop: Tensor, own: Tensor, positives: int, pay: Pay, row_minimum: bool
) -> tuple[Tensor, Tensor]:
    keys, same = _masked_keys(distances, start, stop)
    columns, valid = _positives(start, stop, own, positives, ops.shape(distances)[1])
    thresholds = _take(_keys.keys_of(distances), columns)
    fallback = _fallback(distances, keys, same, row_minimum)
    keys = _scan.padded(keys)
    nearest = _scan.nearest_above(keys, thresholds)
    chosen = ops.where(nearest == _keys.LARGEST, fallback[:, None], nearest)
    cost, slope = _paid(distances, columns, valid, chosen, start, stop, pay, row_minimum)
    ties = _scan.count_equal(keys, chosen)
    # A fallback to the row's minimum is tied with no negative: nothing receives its gradient.
    share = slope / ops.cast(ops.maximum(ties, 1), slope.dtype)
    width = ops.shape(distances)[1]
    slopes = _backend.put_rows(slope, columns, width) - _scan.spread(keys, chosen, share)[:, :width]
    return ops.sum(cost, axis=1), slopes


def _by_sort(
    distances: Tensor, start: Tensor, stop: Tensor, own: Tensor, positives: Any, pay: Pay, row_minimum: bool
) -> tuple[Tensor, Tensor]:
    keys, same = _masked_keys(distances, start, stop)
    columns, valid = _positives(start, stop, own, positives, ops.shape(distances)[1])
    fallback = _fallback(distances, keys, same, row_minimum)
    unmasked = _keys.keys_of(distances)
    rows = _sort.sort_rows(keys)
    nearest, _ = _sort.nearest_above(rows, _take(unmasked, columns))
    chosen = ops.where(nearest == _keys.largest(keys), fallback[:, None], nearest)
    cost, slope = _paid(distances, columns, valid, chosen, start, stop, pay, row_minimum)
    width = ops.shape(distances)[1]
    slopes = _backend.put_rows(slope, columns, width) - _sort.spread(rows, *_sort.ties(rows, chosen), slope)
    return ops.sum(cost, axis=1), slopes


def _masked_keys(distances: Tensor, start: Tensor, stop: Tensor) -> tuple[Tensor, Tensor]:
    """Keys of the negatives, the largest key elsewhere; and the mask of the anchor's class."""
    column = ops.arange(ops.shape(distances)[1], dtype="int32")[None, :]
    same = (column >= start[:, None]) & (column < stop[:, None])
    keys = _keys.keys_of(distances)
    return ops.where(same, _keys.largest(keys), keys), same


def _positives(start: Tensor, stop: Tensor, own: Tensor, positives: Any, references: Any) -> tuple[Tensor, Tensor]:
    """Columns [anchors, positives] of each anchor's positives, and which of them exist."""
    positives = ops.maximum(references - 1, 1) if positives is None else positives
    columns = start[:, None] + ops.arange(positives, dtype="int32")[None, :]
    columns = columns + ops.cast(columns >= own[:, None], "int32")
    return ops.minimum(columns, references - 1), columns < stop[:, None]


def _fallback(distances: Tensor, keys: Tensor, same: Tensor, row_minimum: bool) -> Tensor:
    farthest = ops.max(ops.where(same, _keys.smallest(keys), keys), axis=1)
    if not row_minimum:
        return farthest
    return ops.where(ops.all(same, axis=1), ops.min(_keys.keys_of(distances), axis=1), farthest)


def _paid(
    distances: Tensor,
    columns: Tensor,
    valid: Tensor,
    chosen: Tensor,
    start: Tensor,
    stop: Tensor,
    pay: Pay,
    row_minimum: bool,
) -> tuple[Tensor, Tensor]:
    """Cost and slope [anchors, positives] of each triplet, 0 for those that do not exist."""
    if not row_minimum:
        valid = valid & (stop - start < ops.shape(distances)[1])[:, None]
    cost, slope = pay(_take(distances, columns) - _keys.distances_of(chosen, distances.dtype))
    zero = ops.zeros_like(cost)
    return ops.where(valid, cost, zero), ops.where(valid, slope, zero)


def _take(x: Tensor, columns: Tensor) -> Tensor:
    rows, width = ops.shape(x)
    return ops.take(ops.reshape(x, (-1,)), columns + ops.arange(rows, dtype="int32")[:, None] * width)

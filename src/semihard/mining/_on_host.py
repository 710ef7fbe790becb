"""Semi-hard mining on a CPU without a compiler: products and sums in the backend's words, the rest in NumPy.

NumPy's sort is ten times as fast as PyTorch's, and its calls are short, which is what small batches are made of.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard import backend
from semihard.backend import Tensor
from semihard.distances import Metric
from semihard.mining import _keys, _numpy_search
from semihard.mining._algorithms import SAMPLES_A_POSITIVE
from semihard.mining._gradient_sums import GradientSums
from semihard.mining._in_threads import in_threads
from semihard.mining.pairs import Classes
from semihard.mining.semi_hard import SemiHard
from semihard.mining.strategy import scale_of

Array = NDArray[Any]
# How many times as many slopes as there are without ties may be added one by one.
MOST_TIED = 2


class Batch(NamedTuple):
    """Rows [batch, dim] ordered by label, and their anchors: what they weigh [anchors], or None; the places of their
    classes, and their own places; the most positives that one has, and whether not every row is one."""

    rows: Array
    weights: Array | None
    start: Array
    stop: Array
    own: Array
    most: int
    some: bool

    @property
    def anchors(self) -> Array:
        return self.rows[self.own] if self.some else self.rows


class Entries(NamedTuple):
    """Costs and counts of some anchors, and the slopes of the costs: by the distance of which anchor of the block to
    which reference."""

    costs: Array
    counts: Array
    anchors: Array
    columns: Array
    slopes: Array


def can_mine(rows: Tensor) -> bool:
    """Whether NumPy has the memory of these rows, in the dtype that it searches."""
    return _keys.are_integers(rows) and backend.on_host(rows) is not None


def mined(
    strategy: SemiHard,
    metric: Metric,
    average: str | None,
    block: int,
    margin: Any,
    rows: Array,
    weights: Array | None,
    classes: Classes,
    own: Array | None = None,
) -> tuple[Array, Array]:
    """As `Blockwise` has it, in arrays: costs [anchors], gradient [batch, dim].

    Args:
        strategy, metric, average: as in `Blockwise`.
        block: anchors at a time.
        margin: a number, or an array [].
        rows: [batch, dim], in the order of the batch.
        weights: of the anchors [batch], or None.
        classes: of arrays.
        own: as in `Blockwise`.
    """
    order, place, start, stop = classes
    some = own is not None
    if own is None:
        weights, own = None if weights is None else weights[order], np.arange(len(rows))
    else:
        start, stop = start[own], stop[own]
    most = max(int((stop - start).max()) - 1, 1)
    batch = Batch(rows[order], weights, start, stop, own, most, some)
    of_batch = _of_one_block if block >= len(rows) and not some else _of_blocks
    with np.errstate(all="ignore"):
        cost, count, gradient = of_batch(strategy, metric, min(block, len(batch.own)), margin, batch)
        if average is not None:
            scale = scale_of(cost, count)
            cost, gradient = cost * scale, gradient * scale
        return cost if some else cost[place], gradient[place]


def _of_one_block(
    strategy: SemiHard, metric: Metric, block: int, margin: Any, batch: Batch
) -> tuple[Array, Array, Array]:
    rows = backend.off_host(batch.rows)
    matrix = backend.on_host(rows @ rows.T)
    # A copy: the slopes take the memory of the products.
    norms = matrix.diagonal().copy()
    pieces = _numpy_search.pieces(0, block, block)
    cost, count, *entry = _of_pieces(pieces, matrix, 0, norms, margin, batch, strategy, metric)
    # Long sums of many ties are ten times less exact one by one than by products.
    if one_by_one(batch.most, block) and len(entry[0]) <= MOST_TIED * 2 * batch.most * block:
        sums = GradientSums(rows.new_zeros(block), rows.new_zeros(rows.shape))
        _add_few(sums, batch.own, rows, *entry)
        total, pulled = (backend.on_host(x) for x in sums)
    else:
        total, pulled = _of_whole(matrix, rows, *entry)
    return cost, count, metric.gradient(batch.rows, total, pulled)


def _of_blocks(strategy: SemiHard, metric: Metric, block: int, margin: Any, batch: Batch) -> tuple[Array, Array, Array]:
    rows, size = batch.rows, len(batch.own)
    cost, count = np.empty((2, size), rows.dtype)
    norms, total, pulled = np.empty(len(rows), rows.dtype), np.zeros(len(rows), rows.dtype), np.zeros_like(rows)
    all_rows, anchors = backend.off_host(rows), backend.off_host(batch.anchors)
    sums = GradientSums(backend.off_host(total), backend.off_host(pulled))
    kept: list[Tensor] = []
    for first in _firsts(len(rows), block):
        part = all_rows[first : first + block]
        # From products of the same kind as the distances, so that a row's distance to its duplicate is exactly 0.
        norms[first : first + block] = backend.on_host(part @ part.T).diagonal()
    for i, first in enumerate(_firsts(size, block)):
        matrix = backend.on_host(backend.products(anchors[first : first + block], all_rows, kept))
        # The last block reaches back over anchors that are already done: products of one size are rounded alike.
        pieces = _numpy_search.pieces(i * block - first, block, len(rows))
        done = slice(first + pieces[0].start, first + block)
        cost[done], count[done], *entry = _of_pieces(pieces, matrix, first, norms, margin, batch, strategy, metric)
        few = one_by_one(batch.most, len(rows)) and len(entry[0]) <= MOST_TIED * 2 * batch.most * block
        own = batch.own[first : first + block]
        if few:
            _add_few(sums, own, all_rows, *entry)
        else:
            _add_block(sums, own, batch.some, matrix, all_rows, *entry)
    return cost, count, metric.gradient(rows, total, pulled)


def _firsts(size: int, block: int) -> list[int]:
    return [min(first, size - block) for first in range(0, size, block)]


def _of_pieces(
    pieces: list[slice], matrix: Array, first: int, norms: Array, margin: Any, batch: Batch, *how: Any
) -> Any:
    several = _numpy_search.use_threads(batch.most, *matrix.shape)
    threads = backend.host_threads() if several else 1
    found = in_threads(lambda piece: _piece(piece, matrix, first, norms, margin, batch, *how), pieces, threads)
    return found[0] if len(found) == 1 else tuple(np.concatenate(x) for x in zip(*found, strict=True))


def one_by_one(most: int, references: int) -> bool:
    """Whether slopes one by one are cheaper than products with a matrix of them."""
    return references > 64 and most * SAMPLES_A_POSITIVE <= references


# What is not finite makes the loss NaN, and says so elsewhere. (Each thread has such a state of its own.)
@np.errstate(all="ignore")
def _piece(
    piece: slice,
    matrix: Array,
    first: int,
    norms: Array,
    margin: Any,
    batch: Batch,
    strategy: SemiHard,
    metric: Metric,
) -> Entries:
    """What a piece of the anchors costs; `matrix` holds the products of the block that begins at anchor `first`."""
    references = matrix.shape[1]
    places = slice(first + piece.start, first + piece.stop)
    start, stop, own = batch.start[places], batch.stop[places], batch.own[places]
    distances = metric.of_products(matrix[piece], norms[own] if batch.some else norms[places], norms)
    positives = _numpy_search.positives_of(start, stop, own, references)
    opponents = references - (stop - start)
    negatives = _numpy_search.negatives_of(distances, positives, own, opponents)
    positive, negative, valid = distances.reshape(-1)[positives.cells], negatives.distances, positives.exist
    has_negative = None if opponents.all() else opponents[:, None] > 0
    if has_negative is not None:
        if strategy.row_minimum:
            negative = np.where(has_negative, negative, distances.min(axis=1, keepdims=True))
        else:
            valid = valid & has_negative
    cost, slope, count = strategy.paid(margin, positive, negative, valid)
    if batch.weights is not None:
        slope = slope * batch.weights[places, None]
    pulls, pushes = (metric.scaled(slope, x) for x in (positive, negative))
    if has_negative is not None:  # a fallback to the row's minimum is tied with no negative
        pushes = np.where(has_negative, pushes, np.float32(0))
    cells, shares = negatives.shared(pushes)
    both = np.concatenate([positives.cells.reshape(-1), cells])
    row = both // references  # by one number, which NumPy makes a multiplication; `divmod` divides
    both -= row * references
    row += piece.start
    return Entries(cost, count, row, both, np.concatenate([pulls.reshape(-1), -shares]))


def _scatter(matrix: Array, cells: Array, slopes: Array) -> Tensor:
    """The slopes by their cells, in the memory of products that have been used."""
    matrix.fill(0)
    backend.add_to_rows(backend.off_host(matrix.reshape(-1)), backend.off_host(cells), backend.off_host(slopes))
    return backend.off_host(matrix)


def _of_whole(matrix: Array, rows: Tensor, row: Array, column: Array, slopes: Array) -> tuple[Array, Array]:
    # Both ends of each distance at once: adding a matrix to its transpose takes longer than all sums by cell.
    cells = np.concatenate([row * len(matrix) + column, column * len(matrix) + row])
    both = _scatter(matrix, cells, np.concatenate([slopes, slopes]))
    return backend.on_host(both.sum(1)), backend.on_host(both @ rows)


def _add_block(
    sums: GradientSums,
    own: Array,
    some: bool,
    matrix: Array,
    rows: Tensor,
    row: Array,
    column: Array,
    slopes: Array,
) -> None:
    by_cell = _scatter(matrix, row * len(rows) + column, slopes)
    sums.total.add_(by_cell.sum(0))
    if some:
        places = backend.off_host(own)
        sums.rows.addmm_(by_cell.T, rows[places])
        backend.add_to_rows(sums.total, places, by_cell.sum(1))
        backend.add_to_rows(sums.rows, places, by_cell @ rows)
    else:  # they follow each other: nothing is copied
        these = slice(own[0], own[-1] + 1)
        sums.total[these].add_(by_cell.sum(1))
        sums.rows.addmm_(by_cell.T, rows[these])[these].addmm_(by_cell, rows)


def _add_few(sums: GradientSums, own: Array, rows: Tensor, row: Array, column: Array, slopes: Array) -> None:
    kept = slopes != 0
    row, column = backend.off_host(own[row[kept]]), backend.off_host(column[kept])
    slope = backend.off_host(slopes[kept])
    for one, other in ((row, column), (column, row)):
        backend.add_to_rows(sums.total, one, slope)
        backend.add_to_rows(sums.rows, one, slope[:, None] * backend.gather_rows(rows, other))

"""Semi-hard mining of a block on a CPU without a compiler: the search and the gradient's sums in NumPy."""

from typing import Any

import numpy as np

from semihard import backend
from semihard.backend import Tensor, ops
from semihard.distances import Metric
from semihard.mining import _gradient_sums, _numpy_search
from semihard.mining._algorithms import SAMPLES_A_POSITIVE
from semihard.mining._gradient_sums import Anchors, GradientSums, weighted
from semihard.mining.semi_hard import SemiHard

# How many times as many slopes as there are without ties may be added one by one.
MOST_TIED = 2


def mined(
    inputs: Any, anchors: Anchors, rows: Tensor, strategy: SemiHard, metric: Metric, sums: GradientSums | None = None
) -> tuple[Tensor, Tensor, GradientSums]:
    """Cost and count of each anchor [anchors], and the gradient's sums.

    Args:
        inputs: products, norms, margin and places; the products are overwritten.
        anchors: the block.
        rows: [references, dim].
        strategy, metric: as in `Blockwise`.
        sums: those of earlier blocks, which are added to in place; None where the block is the whole batch.
    """
    references = inputs.matrix.shape[1]
    most = int((backend.on_host(inputs.stop) - backend.on_host(inputs.start)).max()) - 1
    few = one_by_one(most, references)
    costs, counts, entries = [], [], []
    for piece in _numpy_search.pieces(inputs.matrix.shape[0], references):
        cost, count, cells, slopes = _piece(inputs, piece, strategy, metric)
        costs.append(cost)
        counts.append(count)
        if few:
            entries.append((cells + piece.start * references, slopes))
        else:  # the products of this piece have been used
            inputs.matrix[piece].zero_().view(-1).index_add_(0, backend.off_host(cells), backend.off_host(slopes))
    cost, count = (x[0] if len(x) == 1 else ops.concatenate(x) for x in (costs, counts))
    if few:
        cells, slopes = (np.concatenate(x) for x in zip(*entries, strict=True))
        if len(cells) <= MOST_TIED * 2 * max(most, 1) * inputs.matrix.shape[0]:
            return cost, count, _sums_of_cells(cells, slopes, anchors, rows, sums)
        # Long sums of many ties are ten times less exact one by one than by products.
        inputs.matrix.zero_().view(-1).index_add_(0, backend.off_host(cells), backend.off_host(slopes))
    slopes = weighted(inputs.matrix, anchors.weights)
    return cost, count, _gradient_sums.of_all(slopes, rows) if sums is None else _added(slopes, anchors, rows, sums)


def one_by_one(most: int, references: int) -> bool:
    """Whether slopes one by one are cheaper than products with a matrix of them."""
    return references > 64 and most * SAMPLES_A_POSITIVE <= references


def _piece(inputs: Any, piece: slice, strategy: SemiHard, metric: Metric) -> tuple[Tensor, Tensor, Any, Any]:
    """Cost and count of some anchors, the cells of their distances that the cost depends on, and its slopes by them."""
    host, tensor = backend.on_host, backend.off_host
    references = inputs.matrix.shape[1]
    start, stop, own = (host(x)[piece] for x in (inputs.start, inputs.stop, inputs.own))
    distances = host(metric.of_products(inputs.matrix[piece], inputs.own_norms[piece], inputs.norms))
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
    cost, slope, count = strategy.paid(inputs.margin, tensor(positive), tensor(negative), tensor(valid))
    pulls, pushes = (host(metric.scaled(slope, tensor(x))) for x in (positive, negative))
    if has_negative is not None:  # a fallback to the row's minimum is tied with no negative
        pushes = np.where(has_negative, pushes, np.float32(0))
    cells, shares = negatives.shared(pushes)
    both = np.concatenate([positives.cells.reshape(-1), cells]), np.concatenate([pulls.reshape(-1), -shares])
    return cost, count, *both


def _added(slopes: Tensor, anchors: Anchors, rows: Tensor, sums: GradientSums) -> GradientSums:
    sums.total.add_(slopes.sum(0)).index_add_(0, anchors.place, slopes.sum(1))
    sums.rows.addmm_(slopes.T, anchors.rows).index_add_(0, anchors.place, slopes @ rows)
    return sums


def _sums_of_cells(cells: Any, slopes: Any, anchors: Anchors, rows: Tensor, sums: GradientSums | None) -> GradientSums:
    kept = slopes != 0
    row, column = (backend.off_host(x) for x in np.divmod(cells[kept], rows.shape[0]))
    slopes = backend.off_host(slopes[kept])
    if anchors.weights is not None:
        slopes = slopes * anchors.weights[row]
    place = backend.gather_rows(anchors.place, row)
    total, pulled = sums or (ops.zeros_like(rows[:, 0]), ops.zeros_like(rows))
    total.index_add_(0, column, slopes).index_add_(0, place, slopes)
    pulled.index_add_(0, column, slopes[:, None] * backend.gather_rows(anchors.rows, row))
    pulled.index_add_(0, place, slopes[:, None] * backend.gather_rows(rows, column))
    return GradientSums(total, pulled)

"""What a batch costs and how that pulls at its rows, mined a block of anchors at a time.

The program gives the cost of every anchor and, in the same pass, the gradient of their weighted sum (without weights,
of the plain sum), as `backend.with_gradient` wants it. Nothing of [anchors, references] is kept for the backward pass.
"""

import dataclasses
import functools
from typing import Any, NamedTuple

from keras import ops

from semihard import backend
from semihard.backend import Tensor
from semihard.distances import Metric
from semihard.mining._algorithms import (
    Algorithm,
    can_scan,
    dispatch,
    is_symbol,
    matrix_algorithms,
    run,
    sizes,
    triplet_algorithms,
)
from semihard.mining.pairs import Pairs
from semihard.mining.semi_hard import SemiHard, Triplets

# A block has fewer anchors than this only where the batch has: products of fewer rows are slow.
ANCHORS_AT_ONCE = 128


@dataclasses.dataclass(frozen=True)
class Blockwise:
    """Program: rows [batch, dim], the margin, the fields of `Classes` → costs, gradient by the rows.

    Attributes:
        strategy: what to mine and how to pay. If it has an `average`, costs are scaled so that their mean over anchors
            is the mean over the triplets that it counts.
        metric: the distance between rows.
        block_size: anchors at a time; None for as many as suit the machine.
    """

    strategy: SemiHard
    metric: Metric
    block_size: int | None = None

    def __call__(
        self,
        rows: Tensor,
        weights: Tensor | None,
        margin: Tensor,
        order: Tensor,
        place: Tensor,
        start: Tensor,
        stop: Tensor,
    ) -> tuple[Tensor, Tensor]:
        rows, weights = (None if x is None else backend.gather_rows(x, order) for x in (rows, weights))
        batch = ops.shape(rows)[0]
        block = block_of(batch, self.block_size)
        anchors = _Anchors(rows, weights, start, stop, ops.arange(batch, dtype="int32"))
        whole = functools.partial(self._whole, anchors, margin)
        blocks = functools.partial(self._blocks, anchors, margin, batch, block)
        fits = batch <= block
        if isinstance(fits, bool):
            cost, count, pull = (whole if fits else blocks)()
        else:
            cost, count, pull = backend.switch(ops.cast(fits, "int32"), [blocks, whole])
        gradient = self.metric.gradient(rows, pull.total, pull.rows)
        if self.strategy.average is not None:
            share = ops.cast(batch, cost.dtype) / ops.maximum(ops.sum(count), 1.0)
            cost, gradient = cost * share, gradient * share
        return backend.gather_rows(cost, place), backend.gather_rows(gradient, place)

    def _whole(self, anchors: "_Anchors", margin: Tensor) -> tuple[Tensor, Tensor, "_GradientSums"]:
        products = anchors.rows @ ops.transpose(anchors.rows)
        norms = ops.diagonal(products)
        inputs = _Inputs(products, norms, norms, margin, anchors.start, anchors.stop, anchors.place)
        return self._mined(inputs, anchors, anchors.rows, True)

    def _blocks(
        self, anchors: "_Anchors", margin: Tensor, batch: Any, block: Any
    ) -> tuple[Tensor, Tensor, "_GradientSums"]:
        rows = anchors.rows
        if anchors.weights is None:
            anchors = anchors._replace(weights=ops.ones_like(rows[:, 0]))
        dim = ops.shape(rows)[1]
        rounds = (batch + block - 1) // block

        def first_of(i: Any) -> Any:
            # The last block reaches back over anchors that are already done: one size serves all.
            return ops.minimum(i * block, batch - block) if not isinstance(i, int) else min(i * block, batch - block)

        def part_of(x: Any, first: Any) -> Tensor:
            return ops.slice(x, (first, 0)[: len(x.shape)], (block, dim)[: len(x.shape)])

        # From products of the same kind as the distances, so that a row's distance to its duplicate is exactly 0.
        def add_norms(i: Any, norms: Tensor) -> Tensor:
            part = part_of(rows, first_of(i))
            return ops.slice_update(norms, (first_of(i),), ops.diagonal(part @ ops.transpose(part)))

        norms = backend.fori_loop(rounds, add_norms, ops.zeros_like(rows[:, 0]))

        def at(i: Any) -> tuple[_Inputs, _Anchors]:
            first = first_of(i)
            part = _Anchors(*(part_of(x, first) for x in anchors))
            part = part._replace(weights=ops.where(part.place >= i * block, part.weights, 0.0))
            products = part.rows @ ops.transpose(rows)
            own_norms = ops.slice(norms, (first,), (block,))
            return _Inputs(products, own_norms, norms, margin, part.start, part.stop, part.place), part

        def put(i: Any, cost: Tensor, count: Tensor, costs: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
            return ops.slice_update(cost, (first_of(i),), costs), ops.slice_update(count, (first_of(i),), counts)

        def add_few(i: Any, so_far: Any) -> Any:
            cost, count, left, *pull = so_far
            inputs, part = at(i)
            costs, counts, triplets, others = self._few(inputs)
            pull = _pulled_by(triplets, part, rows, _GradientSums(*pull))
            left = ops.slice_update(left, (i,), ops.cast(others, "int32")[None])
            return *put(i, cost, count, costs, counts), left, *pull

        def add_left(i: Any, so_far: Any) -> Any:
            cost, count, *pull = so_far
            inputs, part = at(todo[i])
            costs, slopes, counts = _slopes_of(inputs, self.strategy, self.metric)
            more = _pull_of_slopes(_weighted(slopes, part.weights), part, rows)
            return *put(todo[i], cost, count, costs, counts), pull[0] + more.total, pull[1] + more.rows

        zero = ops.zeros_like(norms)
        start = zero, zero, ops.zeros((rounds,), "int32"), zero, ops.zeros_like(rows)
        cost, count, left, *pull = backend.fori_loop(rounds, add_few, start)
        todo = ops.cast(ops.argsort(-left), "int32")
        cost, count, *pull = backend.fori_loop(ops.sum(left), add_left, (cost, count, *pull))
        return cost, count, _GradientSums(*pull)

    def _few(self, inputs: "_Inputs") -> tuple[Tensor, Tensor, "_Few", Tensor]:
        """Cost and count of each anchor, what its triplets pull at, and whether a matrix of slopes must do it."""
        batch, positives, known = _sizes(inputs)
        ways = triplet_algorithms(batch if isinstance(batch, int) else None, known, can_scan(inputs.matrix))
        widest = 3 * max((way.positives or 0 for way in ways), default=0)
        zero = ops.zeros_like(inputs.own_norms)

        def by_triplets(way: Algorithm) -> tuple[Tensor, Tensor, _Few, Tensor]:
            triplets = run(_triplets, way, strategy=self.strategy, metric=self.metric)(*inputs)
            missing = [[0, 0], [0, widest - 3 * (way.positives or 0)]]
            columns, slopes = (ops.pad(x, missing) for x in (triplets.columns, triplets.slopes))
            many = ops.where(triplets.overflow, 0, 3 * (way.positives or 0))
            return triplets.cost, triplets.count, _Few(columns, slopes, many), triplets.overflow

        def nothing() -> tuple[Tensor, Tensor, _Few, Tensor]:
            slopes = ops.zeros_like(inputs.matrix[:, :widest])
            few = _Few(ops.cast(slopes, "int32"), slopes, ops.zeros((), dtype="int32"))
            return zero, zero, few, ops.ones((), dtype="bool")

        return dispatch(ways, batch, positives, by_triplets, nothing)

    def _mined(
        self, inputs: "_Inputs", anchors: "_Anchors", rows: Tensor, whole: bool
    ) -> tuple[Tensor, Tensor, "_GradientSums"]:
        def by_matrix() -> tuple[Tensor, Tensor, _GradientSums]:
            cost, slopes, count = _slopes_of(inputs, self.strategy, self.metric)
            slopes = _weighted(slopes, anchors.weights)
            return cost, count, (_pull_of_all(slopes, rows) if whole else _pull_of_slopes(slopes, anchors, rows))

        def by_triplets(way: Algorithm) -> tuple[Tensor, Tensor, _GradientSums, Tensor]:
            triplets = run(_triplets, way, strategy=self.strategy, metric=self.metric)(*inputs)
            return triplets.cost, triplets.count, _pull_of_triplets(triplets, anchors, rows), triplets.overflow

        def nothing() -> tuple[Tensor, Tensor, _GradientSums, Tensor]:
            zero, none = ops.zeros_like(rows), ops.zeros_like(anchors.rows[:, 0])
            return none, none, _GradientSums(zero[:, 0], zero), ops.ones((), dtype="bool")

        batch, positives, known = _sizes(inputs)
        ways = triplet_algorithms(batch if isinstance(batch, int) else None, known, can_scan(inputs.matrix))
        if not ways:
            return by_matrix()
        *found, left = dispatch(ways, batch, positives, by_triplets, nothing)
        return backend.switch(ops.cast(left, "int32"), [lambda: tuple(found), by_matrix])


def block_of(batch: Any, block_size: int | None) -> Any:
    """Anchors at a time; more than the batch means all of it."""
    if is_symbol(batch):
        return batch
    if block_size is not None:
        return block_size
    fit = backend.distances_at_once() // batch
    return max(fit, ANCHORS_AT_ONCE) if isinstance(fit, int) else ops.maximum(fit, ANCHORS_AT_ONCE)


class _Inputs(NamedTuple):
    """What a compiled miner is given: products and norms; the margin; the places of `Pairs`."""

    matrix: Tensor
    own_norms: Tensor
    norms: Tensor
    margin: Tensor
    start: Tensor
    stop: Tensor
    own: Tensor


class _Anchors(NamedTuple):
    """A block of anchors: their rows [anchors, dim], weights, class ranges and places among the references."""

    rows: Tensor
    weights: Tensor | None
    start: Tensor
    stop: Tensor
    place: Tensor


class _Few(NamedTuple):
    """References that the costs of a block depend on: columns and slopes [anchors, n], the first `many` of which count."""

    columns: Tensor
    slopes: Tensor
    many: Tensor


class _GradientSums(NamedTuple):
    """What `Metric.gradient` asks for: total [batch] and rows [batch, dim]."""

    total: Tensor
    rows: Tensor


def _slopes_of(inputs: _Inputs, strategy: SemiHard, metric: Metric) -> tuple[Tensor, Tensor, Tensor]:
    batch, positives, known = _sizes(inputs)
    ways = matrix_algorithms(batch if isinstance(batch, int) else None, known, can_scan(inputs.matrix))
    return dispatch(ways, batch, positives, lambda way: run(_slopes, way, strategy=strategy, metric=metric)(*inputs))


def _sizes(inputs: _Inputs) -> tuple[Any, Any, int | None]:
    return sizes(inputs.matrix, lambda: inputs.stop - inputs.start - 1)


def _slopes(*inputs: Tensor, way: Algorithm, strategy: SemiHard, metric: Metric) -> tuple[Tensor, Tensor, Tensor]:
    pairs = _pairs(_Inputs(*inputs), metric)
    cost, slopes, count = strategy.slopes(pairs, _Inputs(*inputs).margin, way)
    return cost, metric.scaled(slopes, pairs.distances), count


def _triplets(*inputs: Tensor, way: Algorithm, strategy: SemiHard, metric: Metric) -> Triplets:
    triplets = strategy.triplets(_pairs(_Inputs(*inputs), metric), _Inputs(*inputs).margin, way)
    return triplets._replace(slopes=metric.scaled(triplets.slopes, triplets.distances))


def _pairs(inputs: _Inputs, metric: Metric) -> Pairs:
    distances = metric.of_products(inputs.matrix, inputs.own_norms, inputs.norms)
    return Pairs(distances, inputs.start, inputs.stop, inputs.own, nonnegative=True)


def _weighted(slopes: Tensor, weights: Tensor | None) -> Tensor:
    return slopes if weights is None else weights[:, None] * slopes


def _pull_of_all(slopes: Tensor, rows: Tensor) -> _GradientSums:
    both = slopes + ops.transpose(slopes)
    return _GradientSums(ops.sum(both, axis=1), both @ rows)


def _pull_of_slopes(slopes: Tensor, anchors: _Anchors, rows: Tensor) -> _GradientSums:
    total = ops.sum(slopes, axis=0) + backend.segment_sum(ops.sum(slopes, axis=1), anchors.place, ops.shape(rows)[0])
    pulled = ops.transpose(slopes) @ anchors.rows
    return _GradientSums(total, pulled + backend.segment_sum(slopes @ rows, anchors.place, ops.shape(rows)[0]))


def _pull_of_triplets(triplets: Triplets, anchors: _Anchors, rows: Tensor) -> _GradientSums:
    slopes = _weighted(triplets.slopes, anchors.weights)
    batch, dim = ops.shape(rows)
    # Both ends of each distance: its anchor is pulled towards the reference, its reference towards the anchor.
    references = ops.reshape(triplets.columns, (-1,))
    towards_anchors = ops.reshape(slopes[:, :, None] * anchors.rows[:, None, :], (-1, dim))
    towards_references = slopes[:, :, None] * backend.gather_rows(rows, triplets.columns)
    return _GradientSums(
        backend.segment_sum(ops.reshape(slopes, (-1,)), references, batch)
        + backend.segment_sum(ops.sum(slopes, axis=1), anchors.place, batch),
        backend.segment_sum(towards_anchors, references, batch)
        + backend.segment_sum(ops.sum(towards_references, axis=1), anchors.place, batch),
    )


def _pulled_by(few: _Few, anchors: _Anchors, rows: Tensor, pull: _GradientSums) -> _GradientSums:
    """The pull with that of a block of anchors added: reference by reference, in the memory of the old one."""
    slopes = _weighted(few.slopes, anchors.weights)
    first, block, dim = anchors.place[0], ops.shape(anchors.rows)[0], ops.shape(rows)[1]

    def add(i: Any, so_far: Any) -> Any:
        total, pulled, own, own_rows = so_far
        references, slope = (ops.slice(x, (0, i), (block, 1))[:, 0] for x in (few.columns, slopes))
        # Both ends of each distance: its anchor is pulled towards the reference, its reference towards the anchor.
        total = backend.add_to_rows(total, references, slope)
        pulled = backend.add_to_rows(pulled, references, slope[:, None] * anchors.rows)
        return total, pulled, own + slope, own_rows + slope[:, None] * backend.gather_rows(rows, references)

    start = *pull, ops.zeros_like(slopes[:, 0]), ops.zeros_like(anchors.rows)
    total, pulled, own, own_rows = backend.fori_loop(few.many, add, start)
    own, own_rows = own + ops.slice(total, (first,), (block,)), own_rows + ops.slice(pulled, (first, 0), (block, dim))
    return _GradientSums(ops.slice_update(total, (first,), own), ops.slice_update(pulled, (first, 0), own_rows))

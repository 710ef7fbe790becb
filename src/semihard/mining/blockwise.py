"""What a batch costs and how that pulls at its rows, mined a block of anchors at a time.

The program gives the cost of every anchor and, in the same pass, the gradient of their weighted sum (without weights,
of the plain sum), as `backend.with_gradient` wants it. Nothing of [batch, batch] is kept, whatever the strategy.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from semihard import backend
from semihard.backend import Tensor, ops
from semihard.distances import Metric
from semihard.mining import _gradient_sums, _on_host
from semihard.mining._algorithms import (
    Algorithm,
    block_of,
    can_scan,
    dispatch,
    matrix_algorithms,
    run,
    sizes,
    triplet_algorithms,
)
from semihard.mining._gradient_sums import Anchors, Few, GradientSums, weighted
from semihard.mining.pairs import Classes, Pairs
from semihard.mining.semi_hard import SemiHard
from semihard.mining.strategy import Strategy, counted, scale_of


@dataclasses.dataclass(frozen=True)
class Blockwise:
    """Program: rows [batch, dim], the margin, the fields of `Classes` → costs, gradient by the rows.

    With `own`, the places [anchors] of some rows, these alone are anchors: theirs are the costs, and the weights.

    Attributes:
        strategy: what to mine and how to pay.
        metric: the distance between rows.
        average: as in `Dense`.
        block_size: anchors at a time; None for as many as suit the machine.
    """

    strategy: Strategy
    metric: Metric
    average: str | None = None
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
        own: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        if isinstance(self.strategy, SemiHard) and _on_host.can_mine(rows):
            block, fields = block_of(len(rows), self.block_size), (order, place, start, stop)
            given, some = (None if x is None else backend.on_host(x) for x in (weights, own))
            extra, x, *places = (backend.on_host(field) for field in (margin, rows, *fields))
            classes = Classes(*places)
            found = _on_host.mined(self.strategy, self.metric, self.average, block, extra, x, given, classes, some)
            return backend.off_host(found[0]), backend.off_host(found[1])
        rows = backend.gather_rows(rows, order)
        # Of what was gathered: XLA on TensorFlow aborts where sizes come from an argument of unknown size itself.
        batch = ops.shape(rows)[0]
        block = block_of(batch, self.block_size)
        if own is None:
            weights = None if weights is None else backend.gather_rows(weights, order)
            anchors = Anchors(rows, weights, start, stop, ops.arange(batch, dtype="int32"))
            whole = functools.partial(self._whole, anchors, margin)
            blocks = functools.partial(self._blocks, anchors, margin, rows, block)
            fits = batch <= block
            if isinstance(fits, bool):
                cost, count, sums = (whole if fits else blocks)()
            else:
                cost, count, sums = backend.switch(ops.cast(fits, "int32"), [blocks, whole])
        else:
            start, stop = (backend.gather_rows(x, own) for x in (start, stop))
            anchors = Anchors(backend.gather_rows(rows, own), weights, start, stop, own)
            cost, count, sums = self._blocks(anchors, margin, rows, block, of_all=False)
        gradient = self.metric.gradient(rows, sums.total, sums.rows)
        if self.average is not None:
            # Cost and slopes are linear in it: it need not be known before the last block.
            scale = scale_of(cost, count)
            cost, gradient = cost * scale, gradient * scale
        return cost if own is not None else backend.gather_rows(cost, place), backend.gather_rows(gradient, place)

    def _whole(self, anchors: Anchors, margin: Tensor) -> tuple[Tensor, Tensor, GradientSums]:
        rows = anchors.rows
        products = rows @ ops.transpose(rows)
        # A copy: the search may write into the products.
        norms = ops.diagonal(products) + 0.0
        inputs = _Inputs(products, norms, norms, margin, anchors.start, anchors.stop, anchors.place)

        def by_matrix() -> tuple[Tensor, Tensor, GradientSums]:
            cost, slopes, count = self._slopes(inputs)
            return cost, count, _gradient_sums.of_all(weighted(slopes, anchors.weights), rows)

        algorithms = self._triplet_algorithms(anchors, rows)
        if not algorithms:
            return by_matrix()
        cost, count, few, left = self._few(anchors, rows, lambda: inputs, algorithms)

        def by_triplets() -> tuple[Tensor, Tensor, GradientSums]:
            return cost, count, _gradient_sums.of_few(few, anchors, rows)

        return backend.switch(ops.cast(left, "int32"), [by_triplets, by_matrix])

    def _blocks(
        self, anchors: Anchors, margin: Tensor, rows: Tensor, block: Any, of_all: bool = True
    ) -> tuple[Tensor, Tensor, GradientSums]:
        if anchors.weights is None:
            anchors = anchors._replace(weights=ops.ones_like(anchors.rows[:, 0]))
        size = ops.shape(anchors.rows)[0]
        block = block if of_all else _clipped(block, size)
        norms = _norms(rows, block)
        kept: list[Tensor] = []

        def anchors_at(i: Any) -> Anchors:
            part = Anchors(*(_block(x, i, block) for x in anchors))
            index = _first(i, block, size) + ops.arange(block, dtype="int32")
            return part._replace(weights=ops.where(index >= i * block, part.weights, 0.0))

        def inputs_of(part: Anchors, i: Any) -> _Inputs:
            own_norms = _block(norms, i, block) if of_all else backend.gather_rows(norms, part.place)
            products = backend.products(part.rows, rows, kept)
            return _Inputs(products, own_norms, norms, margin, part.start, part.stop, part.place)

        def put(i: Any, cost: Tensor, count: Tensor, costs: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
            first = (_first(i, block, size),)
            return ops.slice_update(cost, first, costs), ops.slice_update(count, first, counts)

        def add(i: Any, so_far: Any) -> Any:
            cost, count, *sums = so_far
            part = anchors_at(i)
            inputs = inputs_of(part, i)
            costs, slopes, counts = self._slopes(inputs)
            more = _gradient_sums.of_block(weighted(slopes, part.weights), part, rows)
            sums = sums[0] + more.total, sums[1] + more.rows
            return *put(i, cost, count, costs, counts), *sums

        rounds = (size + block - 1) // block
        # Sums of their own: on PyTorch they are added to in place.
        zero = ops.zeros_like(anchors.rows[:, 0])
        start = zero, zero, ops.zeros_like(norms), ops.zeros_like(rows)
        algorithms = self._triplet_algorithms(anchors, rows)
        if not algorithms:
            cost, count, *sums = backend.fori_loop(rounds, add, start)
            return cost, count, GradientSums(*sums)

        def add_few(i: Any, so_far: Any) -> Any:
            left, cost, count, *sums = so_far
            part = anchors_at(i)
            costs, counts, few, others = self._few(part, rows, lambda: inputs_of(part, i), algorithms)
            sums = _gradient_sums.add_few(few, part, rows, GradientSums(*sums), of_all)
            left = ops.slice_update(left, (i,), ops.cast(others, "int32")[None])
            return left, *put(i, cost, count, costs, counts), *sums

        # Blocks that need a matrix of slopes follow in a loop of their own: the memory of a branch is always taken.
        left, *so_far = backend.fori_loop(rounds, add_few, (ops.zeros((rounds,), "int32"), *start))
        todo = ops.cast(ops.argsort(-left), "int32")
        cost, count, *sums = backend.fori_loop(ops.sum(left), lambda i, so_far: add(todo[i], so_far), tuple(so_far))
        return cost, count, GradientSums(*sums)

    def _triplet_algorithms(self, anchors: Anchors, rows: Tensor) -> list[Algorithm]:
        if not isinstance(self.strategy, SemiHard):
            return []
        batch, _, known = _sizes(ops.transpose(rows), anchors)
        return triplet_algorithms(batch if isinstance(batch, int) else None, known, can_scan(ops.transpose(rows)))

    def _few(
        self, anchors: Anchors, rows: Tensor, inputs: Callable[[], "_Inputs"], algorithms: list[Algorithm]
    ) -> tuple[Tensor, Tensor, Few, Tensor]:
        """Cost and count of each anchor, what its triplets pull at, and whether a matrix of slopes must do it.

        `inputs` is only called where triplets suit the block: making the distances is most of the work.
        """
        batch, positives, _ = _sizes(ops.transpose(rows), anchors)
        widest = 3 * max(algorithm.positives or 0 for algorithm in algorithms)
        zero = ops.zeros_like(anchors.rows[:, 0])

        def by_triplets(algorithm: Algorithm) -> tuple[Tensor, Tensor, Few, Tensor]:
            triplets = run(_triplets, algorithm, strategy=self.strategy, metric=self.metric)(*inputs())
            width = 3 * (algorithm.positives or 0)
            columns, slopes = triplets.columns, triplets.slopes
            if width < widest:
                columns, slopes = (ops.pad(x, [[0, 0], [0, widest - width]]) for x in (columns, slopes))
            many = ops.where(triplets.overflow, 0, width)
            return triplets.cost, triplets.count, Few(columns, slopes, many), triplets.overflow

        def nothing() -> tuple[Tensor, Tensor, Few, Tensor]:
            slopes = ops.tile(zero[:, None], (1, widest))
            few = Few(ops.cast(slopes, "int32"), slopes, ops.zeros((), dtype="int32"))
            return zero, zero, few, ops.ones((), dtype="bool")

        return dispatch(algorithms, batch, positives, by_triplets, nothing)

    def _slopes(self, inputs: "_Inputs") -> tuple[Tensor, Tensor, Tensor]:
        """Cost [anchors], scaled slopes [anchors, references], and how many triplets are counted [anchors]."""
        strategy, metric = self.strategy, self.metric
        if isinstance(strategy, SemiHard):
            batch, positives, known = _sizes(inputs.matrix, inputs)
            algorithms = matrix_algorithms(batch if isinstance(batch, int) else None, known, can_scan(inputs.matrix))
            return dispatch(
                algorithms, batch, positives, lambda way: run(_slopes, way, strategy=strategy, metric=metric)(*inputs)
            )
        pairs = _pairs(inputs, metric)
        mined = strategy.mine(pairs, inputs.margin)
        return mined.cost, metric.scaled(mined.slopes, pairs.distances), counted(mined, pairs, self.average)


def _clipped(block: Any, size: Any) -> Any:
    """At most so many anchors at a time as there are, and at least one."""
    if isinstance(size, int) and isinstance(block, int):
        return max(min(block, size), 1)
    return ops.maximum(ops.minimum(block, size), 1)


def _first(i: Any, block: Any, size: Any) -> Any:
    """Where block i begins: the last reaches back over what is already done, so that one size serves all."""
    numbers = all(isinstance(x, int) for x in (i, block, size))
    return min(i * block, size - block) if numbers else ops.minimum(i * block, size - block)


def _block(x: Tensor, i: Any, block: Any) -> Tensor:
    size, *dim = ops.shape(x)
    return ops.slice(x, (_first(i, block, size), *(0 for _ in dim)), (block, *dim))


def _norms(rows: Tensor, block: Any) -> Tensor:
    """From products of the same kind as the distances, so that a row's distance to its duplicate is exactly 0."""
    batch = ops.shape(rows)[0]

    def add(i: Any, norms: Tensor) -> Tensor:
        part = _block(rows, i, block)
        return ops.slice_update(norms, (_first(i, block, batch),), ops.diagonal(part @ ops.transpose(part)))

    return backend.fori_loop((batch + block - 1) // block, add, ops.zeros_like(rows[:, 0]))


class _Inputs(NamedTuple):
    """What a compiled miner is given: products and norms; the margin; the places of `Pairs`."""

    matrix: Tensor
    own_norms: Tensor
    norms: Tensor
    margin: Tensor
    start: Tensor
    stop: Tensor
    own: Tensor


def _sizes(references: Tensor, anchors: "Anchors | _Inputs") -> tuple[Any, Any, int | None]:
    return sizes(references, lambda: anchors.stop - anchors.start - 1)


def _slopes(*inputs: Tensor, way: Algorithm, strategy: SemiHard, metric: Metric) -> tuple[Tensor, Tensor, Tensor]:
    pairs = _pairs(_Inputs(*inputs), metric)
    cost, slopes, count = strategy.slopes(pairs, _Inputs(*inputs).margin, way)
    return cost, metric.scaled(slopes, pairs.distances), count


def _triplets(*inputs: Tensor, way: Algorithm, strategy: SemiHard, metric: Metric) -> Any:
    triplets = strategy.triplets(_pairs(_Inputs(*inputs), metric), _Inputs(*inputs).margin, way)
    return triplets._replace(slopes=metric.scaled(triplets.slopes, triplets.distances))


def _pairs(inputs: _Inputs, metric: Metric) -> Pairs:
    distances = metric.of_products(inputs.matrix, inputs.own_norms, inputs.norms)
    return Pairs(distances, inputs.start, inputs.stop, inputs.own, nonnegative=True)

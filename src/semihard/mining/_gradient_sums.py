"""How the slopes of some anchors pull at the rows of a batch."""

from typing import Any, NamedTuple

from semihard import backend
from semihard.backend import Tensor, ops


class GradientSums(NamedTuple):
    """What `Metric.gradient` asks for: total [batch] and rows [batch, dim]."""

    total: Tensor
    rows: Tensor


class Anchors(NamedTuple):
    """A block of anchors: their rows [anchors, dim], weights, class ranges and places among the references."""

    rows: Tensor
    weights: Tensor | None
    start: Tensor
    stop: Tensor
    place: Tensor


class Few(NamedTuple):
    """References that the costs of a block depend on: columns and slopes [anchors, n]; the first `many` count."""

    columns: Tensor
    slopes: Tensor
    many: Tensor


def weighted(slopes: Tensor, weights: Tensor | None) -> Tensor:
    """Slopes [anchors, n] times the weights of their anchors [anchors]; None are weights of one."""
    return slopes if weights is None else weights[:, None] * slopes


def of_all(slopes: Tensor, rows: Tensor) -> GradientSums:
    """Of slopes [batch, batch], where every row is an anchor."""
    both = slopes + ops.transpose(slopes)
    return GradientSums(ops.sum(both, axis=1), both @ rows)


def of_block(slopes: Tensor, anchors: Anchors, rows: Tensor) -> GradientSums:
    """Of slopes [anchors, batch]."""
    batch = ops.shape(rows)[0]
    total = ops.sum(slopes, axis=0) + backend.segment_sum(ops.sum(slopes, axis=1), anchors.place, batch)
    pulled = ops.transpose(slopes) @ anchors.rows
    return GradientSums(total, pulled + backend.segment_sum(slopes @ rows, anchors.place, batch))


def of_few(few: Few, anchors: Anchors, rows: Tensor) -> GradientSums:
    """Of few slopes of each anchor."""
    slopes = weighted(few.slopes, anchors.weights)
    batch, dim = ops.shape(rows)
    # Both ends of each distance: its anchor is pulled towards the reference, its reference towards the anchor.
    references = ops.reshape(few.columns, (-1,))
    towards_anchors = ops.reshape(slopes[:, :, None] * anchors.rows[:, None, :], (-1, dim))
    towards_references = slopes[:, :, None] * backend.gather_rows(rows, few.columns)
    return GradientSums(
        backend.segment_sum(ops.reshape(slopes, (-1,)), references, batch)
        + backend.segment_sum(ops.sum(slopes, axis=1), anchors.place, batch),
        backend.segment_sum(towards_anchors, references, batch)
        + backend.segment_sum(ops.sum(towards_references, axis=1), anchors.place, batch),
    )


def add_few(few: Few, anchors: Anchors, rows: Tensor, sums: GradientSums, in_a_row: bool = True) -> GradientSums:
    """The sums with those of a block of anchors added: reference by reference, in the memory of the old ones.

    `in_a_row` says that the anchors follow each other among the references.
    """
    slopes = weighted(few.slopes, anchors.weights)
    first, block, dim = anchors.place[0], ops.shape(anchors.rows)[0], ops.shape(rows)[1]

    def add(i: Any, so_far: Any) -> Any:
        total, pulled, own, own_rows = so_far
        references, slope = (ops.slice(x, (0, i), (block, 1))[:, 0] for x in (few.columns, slopes))
        total = backend.add_to_rows(total, references, slope)
        pulled = backend.add_to_rows(pulled, references, slope[:, None] * anchors.rows)
        return total, pulled, own + slope, own_rows + slope[:, None] * backend.gather_rows(rows, references)

    start = *sums, ops.zeros_like(slopes[:, 0]), ops.zeros_like(anchors.rows)
    total, pulled, own, own_rows = backend.fori_loop(few.many, add, start)
    if not in_a_row:
        return GradientSums(
            backend.add_to_rows(total, anchors.place, own), backend.add_to_rows(pulled, anchors.place, own_rows)
        )
    own, own_rows = own + ops.slice(total, (first,), (block,)), own_rows + ops.slice(pulled, (first, 0), (block, dim))
    return GradientSums(ops.slice_update(total, (first,), own), ops.slice_update(pulled, (first, 0), own_rows))

"""The one way from labels, or masks, and embeddings to one value an anchor.

A loss over triplets names what it wants (`Choices`); here that becomes a strategy, in a program that is kept:
`Blockwise` where labels say who belongs together and the distance has a name, in memory that grows with the batch;
`Dense` where masks do, or a function of the user's own makes all distances at once.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from semihard import _inputs, backend, distances
from semihard._inputs import Shared
from semihard.backend import Tensor, ops
from semihard.mining import from_labels
from semihard.mining.batch_all import BatchAll
from semihard.mining.blockwise import Blockwise
from semihard.mining.costs import hinge_and_open_slope, hinge_and_slope, softplus_and_slope
from semihard.mining.dense import Dense
from semihard.mining.every_triplet import EveryTriplet
from semihard.mining.from_labels import FromLabels
from semihard.mining.nearest_negative import NearestNegative
from semihard.mining.one_positive import OnePositive
from semihard.mining.pairs import MaskedPairs, Pairs, classes_of
from semihard.mining.semi_hard import SemiHard
from semihard.mining.strategy import CostFn, Strategy

# A hinge whose triplets at exactly 0 count as active, one whose do not, and log(1 + exp).
COSTS: dict[str, CostFn] = {
    "hinge": hinge_and_slope,
    "open_hinge": hinge_and_open_slope,
    "softplus": softplus_and_slope,
}
# Average: over the positive pairs of the batch.
PAIRS = ("pairs", "addons_pairs")


class Choices(NamedTuple):
    """What to mine, in plain values: compiled programs are kept by them.

    Attributes:
        positives: "all", "hardest" (farthest) or "easiest" (nearest).
        negatives: "semi_hard", "hardest", "all", "all_semi_hard" or "all_hard".
        fallback: what stands in for a semi-hard negative that there is not: "farthest", "none"; or "row_minimum",
            which is "farthest", and the row's smallest distance for an anchor without any negative.
        cost: a key of `COSTS`, or a `CostFn`.
        average: what the mean over anchors is a mean over: "all" triplets, or the "active" ones; "pairs", all positive
            pairs that have a negative (at least one), or "addons_pairs", all positive pairs (NaN without any). None
            leaves the sum over an anchor's triplets as it is.
        alone: whether an anchor without a positive, or a negative, takes the smallest, or largest, distance of its row.
        finite: whether a batch without positive pairs, or of one class only, gives 0 whatever the anchors have.
        block_size: anchors at a time; None for as many as suit the machine.
    """

    positives: str = "all"
    negatives: str = "semi_hard"
    fallback: str = "farthest"
    cost: str | CostFn = "hinge"
    average: str | None = "pairs"
    alone: bool = False
    finite: bool = False
    block_size: int | None = None


def values_by_label(
    codes: Tensor,
    embeddings: Tensor,
    margin: float,
    distance_metric: str | distances.Distance,
    choices: Choices,
    shared: Shared | None = None,
) -> Tensor:
    """One value an anchor [anchors], in the batch's order.

    Args:
        codes: integers [batch], equal where the labels are.
        embeddings: [batch, dim], float32 or float64.
        margin: added to what a triplet costs before the cost function.
        distance_metric: as in `distances.get`.
        choices: what to mine.
        shared: where only the first rows are anchors, and others have the rest for theirs. None: all are.
    """
    anchors = None if shared is None else shared.anchors
    if embeddings.shape[0] == 0 or (isinstance(anchors, int) and anchors == 0):
        return ops.sum(embeddings[:anchors], axis=1)
    if shared is not None and _average_of(choices) is not None:  # over triplets that only all anchors know
        return values_by_label(codes, embeddings, margin, distance_metric, choices)[:anchors]
    distance = distances.get(distance_metric)
    if isinstance(distance, distances.Metric) and from_labels.can_mine(embeddings, codes):
        strategy = _strategy_of(choices)
        if isinstance(strategy, SemiHard):
            rows = embeddings if distance.of_differences else distance.rows(embeddings)
            program = FromLabels(strategy, distance, choices.average, margin, choices.block_size)
            own = () if shared is None else (ops.arange(anchors, dtype="int32"),)
            return backend.with_gradient(program, rows, codes, *own)
    classes = classes_of(codes)
    extra = ops.convert_to_tensor(margin, dtype=embeddings.dtype)
    program = program_of(distance, False, *choices)
    places = classes.place if shared is None else classes.place[:anchors]
    if isinstance(distance, distances.Metric):
        own = () if shared is None else (places,)
        values = backend.with_gradient(program, distance.rows(embeddings), extra, *classes, *own)
    else:
        # The user's function sees the batch in its own order: it may carry something that belongs to it.
        matrix = ops.take(distances.of_anchors(distance, embeddings, anchors), classes.order, axis=1)
        start, stop = (backend.gather_rows(x, places) for x in (classes.start, classes.stop))
        values = backend.with_gradient(program, matrix, extra, start, stop, places)
    size = classes.stop - classes.start
    if choices.average in PAIRS:
        values = values * _scale(size, values, choices.average == "addons_pairs")
    if choices.finite:
        usual = ops.logical_and(ops.any(size > 1), ops.any(size < ops.shape(size)[0]))
        values = ops.where(usual, values, ops.zeros_like(values))
    return values + _inputs.nan_guard(embeddings)


def values_by_masks(
    masks: Callable[[Tensor], tuple[Tensor, Tensor]],
    embeddings: Tensor,
    anchors: Any,
    margin: float,
    distance_metric: str | distances.Distance,
    choices: Choices,
) -> Tensor:
    """One value an anchor [anchors].

    Args:
        masks: distances [anchors, references] → which are positive and which negative, bool of the same shape.
        embeddings: [references, dim], float32 or float64; the anchors come first.
        anchors: how many there are; None for all.
        margin, distance_metric, choices: as in `values_by_label`.
    """
    if embeddings.shape[0] == 0 or (isinstance(anchors, int) and anchors == 0):
        return ops.sum(embeddings[:anchors], axis=1)
    matrix = distances.of_anchors(distances.function(distance_metric), embeddings, anchors)
    extra = ops.convert_to_tensor(margin, dtype=matrix.dtype)
    program = program_of(None, True, *choices)
    return backend.with_gradient(program, matrix, extra, *masks(matrix)) + _inputs.nan_guard(embeddings)


def _scale(size: Tensor, values: Tensor, addons: bool) -> Any:
    """Batch / number of positive pairs; `size` [batch] is that of each sample's class."""
    batch = ops.shape(size)[0]
    paired = ops.cast(ops.sum(size - 1 if addons else ops.where(size < batch, size - 1, 0)), values.dtype)
    return ops.cast(batch, values.dtype) / (paired if addons else ops.maximum(paired, 1.0))


@backend.program_factory
def program_of(distance: Any, masked: bool, *choices: Any) -> Blockwise | Dense:
    """The program of some choices; `distance` is not asked where it is masked."""
    wanted = Choices(*choices)
    strategy, average = _strategy_of(wanted), _average_of(wanted)
    if masked:
        return Dense(strategy, MaskedPairs, average)
    if isinstance(distance, distances.Metric):
        return Blockwise(strategy, distance, average, wanted.block_size)
    return Dense(strategy, Pairs, average)


def _average_of(choices: Choices) -> str | None:
    """What a program scales by; a mean over pairs is made of the labels alone."""
    return None if choices.average in PAIRS else choices.average


def _strategy_of(choices: Choices) -> Strategy:
    cost_fn = COSTS[choices.cost] if isinstance(choices.cost, str) else choices.cost
    fallback = choices.fallback != "none"
    if choices.positives != "all":
        return OnePositive(cost_fn, choices.positives == "hardest", choices.negatives, fallback, choices.alone)
    if choices.negatives == "semi_hard":
        return SemiHard(cost_fn, choices.fallback == "row_minimum", fallback, _average_of(choices))
    if choices.negatives == "hardest":
        return NearestNegative(cost_fn)
    if choices.cost == "softplus":
        return EveryTriplet(cost_fn, choices.negatives == "all_hard")
    return BatchAll(choices.negatives, choices.cost == "hinge")

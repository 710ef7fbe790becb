"""The options of the triplet loss, and the program that they ask for."""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

from keras import ops

from semihard import _inputs, backend, distances
from semihard._core import checks
from semihard._inputs import codes_of
from semihard.backend import Tensor
from semihard.losses._ordered import ordered_distances
from semihard.losses.memory import Memory, with_memory
from semihard.losses.triplet_semihard import per_anchor, program_of
from semihard.mining.batch_all import BatchAll
from semihard.mining.costs import hinge_and_open_slope, hinge_and_slope, softplus_and_slope
from semihard.mining.dense import Dense
from semihard.mining.every_triplet import EveryTriplet
from semihard.mining.nearest_negative import NearestNegative
from semihard.mining.one_positive import OnePositive
from semihard.mining.pairs import MaskedPairs, Pairs, classes_of
from semihard.mining.semi_hard import SemiHard
from semihard.mining.strategy import CostFn, Strategy
from semihard.relations import Relation, SameLabel
from semihard.relations.choose import as_relation

# (distances, positive, negative), each [anchors, references] → bool [anchors, references]
Negatives = Callable[[Tensor, Tensor, Tensor], Tensor]
POSITIVES = ("all", "hardest", "easiest")
NEGATIVES = ("semi_hard", "hardest", "all", "all_semi_hard", "all_hard")
FALLBACKS = ("farthest", "none")
AVERAGES = ("all", "active")


class TripletOptions(NamedTuple):
    """The arguments of `triplet_loss` that say what it computes."""

    margin: float | str
    distance_metric: str | distances.Distance
    positives: str
    negatives: str | Negatives
    fallback: str
    average: str
    relation: Relation | None

    @classmethod
    def checked(cls, *options: Any) -> Self:
        """The options in the order above; raises `ValueError` or `TypeError` as `triplet_loss` says."""
        given = cls(*options)
        margin = given.margin
        if isinstance(margin, str):
            checks.one_of("margin", margin, ("soft",))
        else:
            margin = checks.finite_number("margin", margin)
        distances.get(given.distance_metric)
        checks.one_of("positives", given.positives, POSITIVES)
        if not callable(given.negatives):
            checks.one_of("negatives", given.negatives, NEGATIVES)
        checks.one_of("fallback", given.fallback, FALLBACKS)
        checks.one_of("average", given.average, AVERAGES)
        if given.relation is not None:
            as_relation(given.relation)
        if margin == "soft" and given.negatives == "all_semi_hard":
            raise ValueError(
                "Expected a number as `margin` for negatives='all_semi_hard', which are those within the margin. "
                "Received: margin='soft'. Give a margin, or take negatives='all'."
            )
        if given.fallback != "farthest" and given.negatives != "semi_hard":
            raise ValueError(
                "Expected `fallback` only with negatives='semi_hard': no other choice falls back. "
                f"Received: fallback={given.fallback!r}, negatives={given.negatives!r}. Leave `fallback` out."
            )
        return given._replace(margin=margin)


def values_of(y_true: Any, embeddings: Tensor, options: TripletOptions, memory: Memory | None) -> Tensor:
    """One value an anchor [batch], whose mean is the loss."""
    # The same whether it is said or not.
    by_label = options.relation is None or options.relation == SameLabel()
    if by_label and not callable(options.negatives) and memory is None:
        return _by_label(*codes_of(y_true, embeddings), options)
    precise, masks, anchors = with_memory(y_true, _inputs.precise(embeddings), as_relation(options.relation), memory)
    if embeddings.shape[0] == 0:
        return ops.sum(_inputs.precise(embeddings), axis=1)
    matrix = distances.of_anchors(distances.function(options.distance_metric), precise, anchors)
    negative = masks.negative
    if callable(options.negatives):
        negative = negative & _selected(options.negatives, ops.stop_gradient(matrix), *masks)
    program = _program_of(*_choices(options), True)
    values = backend.with_gradient(program, matrix, _margin(options, precise), masks.positive, negative)
    return values + _inputs.nan_guard(precise)


def _by_label(codes: Tensor, embeddings: Tensor, options: TripletOptions) -> Tensor:
    choices = _choices(options)
    positives, negatives, fallback, average, soft = choices
    distance = distances.get(options.distance_metric)
    usual = (fallback, average) == ("farthest", "all")
    if (positives, negatives) == ("all", "semi_hard") and (usual or isinstance(distance, distances.Metric)):
        cost_fn = _pay(average != "active", soft)
        program = program_of(distance, False, None, cost_fn, fallback == "farthest", None if usual else average)
        return per_anchor(codes, embeddings, _added(options), distance, False, program, averaged=not usual)
    precise = _inputs.precise(embeddings)
    if embeddings.shape[0] == 0:
        return ops.sum(precise, axis=1)
    classes = classes_of(codes)
    matrix = ordered_distances(options.distance_metric, precise, classes.order)
    own = ops.arange(ops.shape(precise)[0], dtype="int32")
    who = classes.start, classes.stop, own
    values = backend.with_gradient(_program_of(*choices, False), matrix, _margin(options, precise), *who)
    return backend.gather_rows(values, classes.place) + _inputs.nan_guard(precise)


def _choices(options: TripletOptions) -> tuple[str, str, str, str, bool]:
    soft = options.margin == "soft"
    negatives = "all" if callable(options.negatives) else options.negatives
    # Every soft triplet costs something.
    return options.positives, negatives, options.fallback, "all" if soft else options.average, soft


@backend.program_factory
def _program_of(positives: str, negatives: str, fallback: str, average: str, soft: bool, masked: bool) -> Dense:
    strategy = _strategy_of(positives, negatives, fallback == "farthest", average != "active", soft)
    return Dense(strategy, MaskedPairs if masked else Pairs, average)


def _strategy_of(positives: str, negatives: str, fallback: bool, closed: bool, soft: bool) -> Strategy:
    cost_fn = _pay(closed, soft)
    if positives != "all":
        return OnePositive(cost_fn, positives == "hardest", negatives, fallback)
    if negatives == "semi_hard":
        return SemiHard(cost_fn, fallback=fallback)
    if negatives == "hardest":
        return NearestNegative(cost_fn)
    return EveryTriplet(cost_fn, negatives == "all_hard") if soft else BatchAll(negatives, closed)


def _pay(closed: bool, soft: bool) -> CostFn:
    """What a triplet costs; `closed`: a hinge at exactly 0 has a slope of 1."""
    return softplus_and_slope if soft else hinge_and_slope if closed else hinge_and_open_slope


def _selected(negatives: Negatives, matrix: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    mask = negatives(matrix, positive, negative)
    kind, shape = str(getattr(mask, "dtype", None)), tuple(getattr(mask, "shape", ()))
    fits = len(shape) == 2 and all(
        None in sizes or sizes[0] == sizes[1] for sizes in zip(shape, matrix.shape, strict=True)
    )
    if "bool" not in kind or not fits:
        raise TypeError(
            f"Expected `negatives` to return a boolean mask of shape {tuple(matrix.shape)}. Received: "
            f"{type(mask).__name__} of dtype {kind}, shape {shape}. Compare with `distances` to make one."
        )
    return mask


def _added(options: TripletOptions) -> float:
    return 0.0 if isinstance(options.margin, str) else options.margin


def _margin(options: TripletOptions, like: Tensor) -> Tensor:
    return ops.convert_to_tensor(_added(options), dtype=like.dtype)

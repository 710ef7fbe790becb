"""The options of the triplet loss, its relation and its memory."""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

from semihard import _inputs, distances
from semihard._core import checks
from semihard._inputs import Shared
from semihard.backend import Tensor, ops
from semihard.losses._reduce import AVERAGES
from semihard.losses.memory import Memory, with_memory
from semihard.mining import engine
from semihard.relations import Relation
from semihard.relations.choose import DEFAULT, as_relation

# (distances, positive, negative), each [anchors, references] → bool [anchors, references]
Negatives = Callable[[Tensor, Tensor, Tensor], Tensor]
POSITIVES = ("all", "hardest", "easiest")
NEGATIVES = ("semi_hard", "hardest", "all", "all_semi_hard", "all_hard")
FALLBACKS = ("farthest", "none")


class TripletOptions(NamedTuple):
    """The arguments of `triplet_loss` that say what it computes."""

    margin: float | str
    distance_metric: str | distances.Distance
    positives: str
    negatives: str | Negatives
    fallback: str
    average: str
    relation: Relation | None
    block_size: int | None = None

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
        block = given.block_size
        block = None if block is None else checks.whole_number("block_size", block, 1)
        return given._replace(margin=margin, block_size=block)


def values_of(
    y_true: Any, embeddings: Tensor, options: TripletOptions, memory: Memory | None, shared: Shared | None
) -> Tensor:
    """One value an anchor [anchors], whose mean is the loss; the embeddings are float32 or float64."""
    margin = 0.0 if isinstance(options.margin, str) else options.margin
    # The same whether it is said or not.
    by_label = options.relation is None or options.relation == DEFAULT
    if by_label and not callable(options.negatives) and memory is None:
        codes, embeddings = _inputs.codes_of(y_true, embeddings)
        return engine.values_by_label(codes, embeddings, margin, options.distance_metric, _choices(options), shared)
    # A mean over triplets is one over those of all anchors, which nobody knows who has only some.
    embeddings, masks, anchors = with_memory(y_true, embeddings, as_relation(options.relation), memory)

    def masks_of(matrix: Tensor) -> tuple[Tensor, Tensor]:
        if not callable(options.negatives):
            return masks.positive, masks.negative
        return masks.positive, masks.negative & _selected(options.negatives, ops.stop_gradient(matrix), *masks)

    choices = _choices(options)
    if choices.average == "pairs":  # an anchor's pairs are not a range of columns here: they are counted
        choices = choices._replace(average="all")
    values = engine.values_by_masks(masks_of, embeddings, anchors, margin, options.distance_metric, choices)
    return values if shared is None else values[: shared.anchors]


def _choices(options: TripletOptions) -> engine.Choices:
    # Every soft triplet costs something.
    soft = options.margin == "soft"
    average = "all" if soft else options.average
    if (options.positives, options.negatives, options.fallback, average) == ("all", "semi_hard", "farthest", "all"):
        average = "pairs"  # a triplet each, which need not be counted
    return engine.Choices(
        options.positives,
        "all" if callable(options.negatives) else options.negatives,
        options.fallback,
        "softplus" if soft else "open_hinge" if options.average == "active" else "hinge",
        average,
        block_size=options.block_size,
    )


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

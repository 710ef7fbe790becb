"""What the losses over all pairs of a batch have in common."""

from collections.abc import Callable
from typing import Any

from semihard import _inputs, distances
from semihard._core import checks
from semihard._inputs import Shared
from semihard.backend import Tensor
from semihard.losses._reduce import REDUCTIONS, over_rows
from semihard.losses.memory import Memory, with_memory
from semihard.relations import Masks, Relation
from semihard.relations.choose import as_relation


def over_pairs(
    compare: distances.Distance,
    per_anchor: Callable[[Tensor, Masks], Tensor],
    y_true: Any,
    y_pred: Any,
    relation: Relation | None,
    reduction: str | None,
    memory: Memory | None = None,
    shared: Shared | None = None,
    degenerate: str = "finite",
) -> Tensor:
    """The loss of a batch from that of its anchors, with input checked, half precision widened, and NaN kept.

    Args:
        compare: embeddings in float32 or float64 → distances or similarities of all pairs, of `semihard.distances`.
        per_anchor: these, and two masks, each [anchors, references] → values [anchors].
        y_true, y_pred, relation, reduction, memory, shared, degenerate: as in the losses.
    """
    checks.one_of("reduction", reduction, REDUCTIONS)
    given = _inputs.embeddings_of(y_pred, y_true)
    embeddings, masks, anchors = with_memory(y_true, _inputs.precise(given), as_relation(relation), memory, shared)

    def per_row() -> Tensor:
        values = per_anchor(distances.of_anchors(compare, embeddings, anchors), masks)
        return values + _inputs.nan_guard(embeddings)

    return over_rows(per_row, given, reduction, degenerate)

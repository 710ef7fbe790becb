"""What the losses over all pairs of a batch have in common."""

from collections.abc import Callable
from typing import Any

import keras

from semihard import _inputs, distances
from semihard._core import checks
from semihard.backend import Tensor, ops
from semihard.losses._reduce import REDUCTIONS, reduced
from semihard.losses.base import EmbeddingLoss
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
    memory: Memory | None,
) -> Tensor:
    """The loss of a batch from that of its anchors, with input checked, half precision widened, and NaN kept.

    Args:
        compare: embeddings in float32 or float64 → distances or similarities of all pairs, of `semihard.distances`.
        per_anchor: these, and two masks, each [anchors, references] → values [anchors].
        y_true, y_pred, relation, reduction, memory: as in the losses.
    """
    checks.one_of("reduction", reduction, REDUCTIONS)
    relation = as_relation(relation)
    given = _inputs.embeddings_of(y_pred)
    embeddings, masks, anchors = with_memory(y_true, _inputs.precise(given), relation, memory)
    # Without samples no row has a maximum.
    empty = given.shape[0] == 0
    values = ops.sum(given, axis=1) if empty else per_anchor(distances.of_anchors(compare, embeddings, anchors), masks)
    return ops.cast(reduced(values + _inputs.nan_guard(embeddings), reduction), given.dtype)


class AllPairsLoss(EmbeddingLoss):
    """An `EmbeddingLoss` that takes any relation, and a memory.

    Args:
        relation: one of `semihard.relations`, None for `SameLabel()`.
    """

    takes_memory = True

    def __init__(self, relation: Relation | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        as_relation(relation)
        self.relation = relation

    def get_config(self) -> dict[str, Any]:
        relation = None if self.relation is None else keras.saving.serialize_keras_object(self.relation)
        return {**super().get_config(), "relation": relation}

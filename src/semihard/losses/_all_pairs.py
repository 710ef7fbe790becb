"""What the losses over all pairs of a batch have in common."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from semihard import _checks
from semihard.losses import _inputs
from semihard.losses._reduce import REDUCTIONS, reduced
from semihard.losses.base import EmbeddingLoss
from semihard.relations import Masks, Relation, chosen

Tensor = Any


def over_pairs(
    per_anchor: Callable[[Tensor, Masks], Tensor],
    y_true: Any,
    y_pred: Any,
    relation: Relation | None,
    reduction: str | None,
) -> Tensor:
    """The loss of a batch from that of its anchors, with input checked, half precision widened, and NaN kept.

    Args:
        per_anchor: embeddings [batch, dim] in float32 or float64, and masks [batch, batch] → values [batch].
        y_true, y_pred, relation, reduction: as in the losses.
    """
    _checks.one_of("reduction", reduction, REDUCTIONS)
    relation = chosen(relation)
    given = _inputs.embeddings_of(y_pred)
    masks = relation(y_true, given)
    embeddings = _inputs.precise(given)
    # 0 · x is NaN exactly for the NaN and the infinities that no mask or hinge may hide.
    poison = ops.sum(embeddings * 0.0)
    # Without samples no row has a maximum.
    values = ops.sum(embeddings, axis=1) if given.shape[0] == 0 else per_anchor(embeddings, masks)
    return ops.cast(reduced(values + poison, reduction), given.dtype)


class AllPairsLoss(EmbeddingLoss):
    """An `EmbeddingLoss` that takes any relation.

    Args:
        relation: one of `semihard.relations`, None for `SameLabel()`.
    """

    def __init__(self, relation: Relation | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        chosen(relation)
        self.relation = relation

    def get_config(self) -> dict[str, Any]:
        relation = None if self.relation is None else keras.saving.serialize_keras_object(self.relation)
        return {**super().get_config(), "relation": relation}

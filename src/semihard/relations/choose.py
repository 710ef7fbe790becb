"""The `relation` of a loss, checked."""

from typing import Any

from semihard.relations._same_label import SameLabel
from semihard.relations.base import Relation

# Made here and not when asked for: `torch.compile` cannot make one in a compiled program.
DEFAULT = SameLabel()


def as_relation(relation: Any) -> Relation:
    """`relation`, or `SameLabel()` for None; raises `TypeError` for anything else."""
    if relation is None:
        return DEFAULT
    if not isinstance(relation, Relation):
        raise TypeError(
            "Expected `relation` to be None, SameLabel(), SharedLabel(), SameLabelOtherSource(), GivenPairs(), or an "
            f"instance of a subclass of semihard.relations.Relation. Received: relation={relation!r}."
        )
    return relation

"""The `relation` of a loss, checked."""

from typing import Any

from semihard.relations.base import Relation
from semihard.relations.same_label import SameLabel

# Made here and not when asked for: `torch.compile` cannot make one in a compiled program.
DEFAULT = SameLabel()


def chosen(relation: Any) -> Relation:
    """`relation`, or `SameLabel()` for None; raises `TypeError` for anything else."""
    if relation is None:
        return DEFAULT
    if not isinstance(relation, Relation):
        raise TypeError(
            "Expected `relation` to be None, SameLabel(), SharedLabel(), SameLabelOtherSource(), GivenPairs(), or an "
            f"instance of a subclass of semihard.relations.Relation. Received: relation={relation!r}."
        )
    return relation

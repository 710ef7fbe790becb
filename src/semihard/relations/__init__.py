"""Relations: which pairs of a batch are positive, which negative, and which neither."""

from semihard.relations.base import Relation
from semihard.relations.choose import chosen
from semihard.relations.given_pairs import GivenPairs, given_pairs
from semihard.relations.masks import Masks
from semihard.relations.same_label import SameLabel, same_label
from semihard.relations.same_label_other_source import SameLabelOtherSource, same_label_other_source
from semihard.relations.shared_label import SharedLabel, shared_label

__all__ = [
    "GivenPairs",
    "Masks",
    "Relation",
    "SameLabel",
    "SameLabelOtherSource",
    "SharedLabel",
    "chosen",
    "given_pairs",
    "same_label",
    "same_label_other_source",
    "shared_label",
]

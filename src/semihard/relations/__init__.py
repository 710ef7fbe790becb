"""Relations: which pairs of a batch are positive, which negative, and which neither."""

from semihard.relations._given_pairs import GivenPairs, given_pairs
from semihard.relations._same_label import SameLabel, same_label
from semihard.relations._same_label_other_source import SameLabelOtherSource, same_label_other_source
from semihard.relations._shared_label import SharedLabel, shared_label
from semihard.relations.base import Relation
from semihard.relations.masks import Masks

__all__ = [
    "GivenPairs",
    "Masks",
    "Relation",
    "SameLabel",
    "SameLabelOtherSource",
    "SharedLabel",
    "given_pairs",
    "same_label",
    "same_label_other_source",
    "shared_label",
]

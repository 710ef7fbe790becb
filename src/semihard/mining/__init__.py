"""Choosing, for each anchor, what to compare it with."""

from semihard.mining._explain import explain
from semihard.mining._semi_hard_triplets import SemiHardTriplets, semi_hard_triplets

__all__ = ["SemiHardTriplets", "explain", "semi_hard_triplets"]

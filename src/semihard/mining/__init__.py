"""Choosing, for each anchor, what to compare it with."""

from semihard.mining.explain import explain

__all__ = ["explain"]

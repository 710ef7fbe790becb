"""Data sets as NumPy arrays."""

from semihard.datasets._mnist import mnist

__all__ = ["mnist"]

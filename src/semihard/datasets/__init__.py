"""Data sets as NumPy arrays."""

from semihard.datasets.mnist import mnist

__all__ = ["mnist"]

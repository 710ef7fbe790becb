"""Embeddings as points in the plane or in space."""

from semihard.visualization.maps._reduce import reduce

__all__ = ["reduce"]

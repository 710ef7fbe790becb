"""Exact nearest neighbours in row blocks, in plain NumPy."""

from semihard.retrieval._search import NeighbourBlock
from semihard.retrieval.nearest import nearest_neighbours
from semihard.retrieval.only_copies import only_copies
from semihard.retrieval.search import neighbour_blocks
from semihard.retrieval.self_matches import self_matches

__all__ = [
    "NeighbourBlock",
    "nearest_neighbours",
    "neighbour_blocks",
    "only_copies",
    "self_matches",
]

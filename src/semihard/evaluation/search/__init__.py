"""Exact nearest neighbors in row blocks, in plain NumPy."""

from semihard.evaluation.search._only_copies import only_copies
from semihard.evaluation.search._prepared import PreparedGallery
from semihard.evaluation.search._search import NeighborBlock
from semihard.evaluation.search._self_matches import self_matches
from semihard.evaluation.search.class_centers import ClassCenters, nearest_classes
from semihard.evaluation.search.neighbors import nearest_neighbors, neighbor_blocks

__all__ = [
    "ClassCenters",
    "NeighborBlock",
    "PreparedGallery",
    "nearest_classes",
    "nearest_neighbors",
    "neighbor_blocks",
    "only_copies",
    "self_matches",
]

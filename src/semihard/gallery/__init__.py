"""A gallery of embeddings that one can keep, search and add to, in plain NumPy; nothing here imports Keras."""

from semihard.gallery._gallery import Gallery
from semihard.gallery._hnsw import IndexRecall
from semihard.gallery._neighbors import Neighbors

__all__ = ["Gallery", "IndexRecall", "Neighbors"]

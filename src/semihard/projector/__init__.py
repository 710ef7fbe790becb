"""Look at embeddings: files for the Embedding Projector, a 2-D map, pictures."""

from semihard.projector.reduce import reduce
from semihard.projector.tsv import write_tsv

__all__ = ["reduce", "write_tsv"]

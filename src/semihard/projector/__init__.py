"""Look at embeddings: files for the Embedding Projector, a 2-D map, pictures."""

from semihard.projector.plot_embedding import plot_embedding
from semihard.projector.plot_training import plot_training
from semihard.projector.read_tsv import read_tsv
from semihard.projector.reduce import reduce
from semihard.projector.tsv import write_tsv

__all__ = ["plot_embedding", "plot_training", "read_tsv", "reduce", "write_tsv"]

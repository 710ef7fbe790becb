"""Embeddings for the Embedding Projector, as files, and as points in the plane."""

from semihard.projector.read_tsv import read_tsv
from semihard.projector.reduce import reduce
from semihard.projector.tsv import write_tsv

__all__ = ["read_tsv", "reduce", "write_tsv"]

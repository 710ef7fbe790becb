"""Embeddings for the Embedding Projector, as files, and as points in the plane."""

from semihard.projector.config import CONFIG, write_projector_config
from semihard.projector.metadata import metadata_lines
from semihard.projector.read_metadata import read_metadata
from semihard.projector.read_tsv import read_tsv, read_vectors
from semihard.projector.reduce import reduce
from semihard.projector.sprite import read_sprite, sprite_sheet, write_sprite
from semihard.projector.tensor import Tensor, write_tensor
from semihard.projector.tsv import write_tsv

__all__ = [
    "CONFIG",
    "Tensor",
    "metadata_lines",
    "read_metadata",
    "read_sprite",
    "read_tsv",
    "read_vectors",
    "reduce",
    "sprite_sheet",
    "write_projector_config",
    "write_sprite",
    "write_tensor",
    "write_tsv",
]

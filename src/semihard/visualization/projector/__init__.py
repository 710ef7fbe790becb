"""Embeddings as the files of the Embedding Projector, and those files read."""

from semihard.visualization.projector._read_metadata import read_metadata
from semihard.visualization.projector._read_tsv import read_tsv, read_vectors
from semihard.visualization.projector.config import write_projector_config
from semihard.visualization.projector.sprite import read_sprite, sprite_sheet, write_sprite
from semihard.visualization.projector.tensor import ProjectorTensor, write_tensor
from semihard.visualization.projector.tsv import write_tsv

__all__ = [
    "ProjectorTensor",
    "read_metadata",
    "read_sprite",
    "read_tsv",
    "read_vectors",
    "sprite_sheet",
    "write_projector_config",
    "write_sprite",
    "write_tensor",
    "write_tsv",
]

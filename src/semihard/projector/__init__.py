"""Embeddings for the Embedding Projector, as files, and as points in the plane."""

from semihard.projector.read_tsv import read_tsv
from semihard.projector.reduce import reduce
from semihard.projector.sprite import read_sprite, sprite_sheet, write_sprite
from semihard.projector.tsv import write_tsv

__all__ = ["read_sprite", "read_tsv", "reduce", "sprite_sheet", "write_sprite", "write_tsv"]

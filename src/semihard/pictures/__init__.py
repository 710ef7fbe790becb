"""Pictures for a README or a paper: PNG or SVG, drawn without a screen."""

from semihard.pictures.plot_embedding import plot_embedding
from semihard.pictures.plot_neighbors import plot_neighbors
from semihard.pictures.plot_training import plot_training
from semihard.pictures.plot_triplets import plot_triplets
from semihard.pictures.write_mosaic import write_mosaic

__all__ = ["plot_embedding", "plot_neighbors", "plot_training", "plot_triplets", "write_mosaic"]

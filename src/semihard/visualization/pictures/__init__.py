"""Pictures for a README or a paper: PNG or SVG, drawn without a screen."""

from semihard.visualization.pictures._plot_embedding import plot_embedding
from semihard.visualization.pictures._plot_neighbors import plot_neighbors
from semihard.visualization.pictures._plot_search import plot_search
from semihard.visualization.pictures._plot_training import plot_training
from semihard.visualization.pictures._plot_triplets import plot_triplets
from semihard.visualization.pictures._write_mosaic import write_mosaic

__all__ = ["plot_embedding", "plot_neighbors", "plot_search", "plot_training", "plot_triplets", "write_mosaic"]

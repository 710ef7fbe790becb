"""Looking at embeddings: maps of them, the Embedding Projector, a page that opens offline, and pictures for a paper."""

from semihard.visualization.maps import reduce
from semihard.visualization.pictures import (
    plot_embedding,
    plot_neighbors,
    plot_search,
    plot_training,
    plot_triplets,
    write_mosaic,
)
from semihard.visualization.projector import (
    ProjectorTensor,
    read_metadata,
    read_sprite,
    read_tsv,
    read_vectors,
    sprite_sheet,
    write_projector_config,
    write_sprite,
    write_tensor,
    write_tsv,
)
from semihard.visualization.projector.tensorboard import serve, serve_in_background, write_log_directory
from semihard.visualization.viewer import View, make_view, write_page, write_parquet

__all__ = [
    "ProjectorTensor",
    "View",
    "make_view",
    "plot_embedding",
    "plot_neighbors",
    "plot_search",
    "plot_training",
    "plot_triplets",
    "read_metadata",
    "read_sprite",
    "read_tsv",
    "read_vectors",
    "reduce",
    "serve",
    "serve_in_background",
    "sprite_sheet",
    "write_log_directory",
    "write_mosaic",
    "write_page",
    "write_parquet",
    "write_projector_config",
    "write_sprite",
    "write_tensor",
    "write_tsv",
]

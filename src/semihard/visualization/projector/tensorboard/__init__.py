"""TensorBoard's projector on this machine: the app of projector.tensorflow.org, without a network."""

from semihard.visualization.projector.tensorboard._serve import serve, serve_in_background
from semihard.visualization.projector.tensorboard.log_directory import write_log_directory

__all__ = ["serve", "serve_in_background", "write_log_directory"]

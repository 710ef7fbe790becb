"""TensorBoard's projector on this machine: the app of projector.tensorflow.org, without a network."""

from semihard.tensorboard.log_directory import write_log_directory
from semihard.tensorboard.serve import running, serve

__all__ = ["running", "serve", "write_log_directory"]

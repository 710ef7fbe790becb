"""Metric learning for Keras 3 on TensorFlow, JAX and PyTorch."""

from semihard import datasets, losses, metrics, projector
from semihard.labels import encode_labels

__version__ = "0.1.0"
__all__ = ["datasets", "encode_labels", "losses", "metrics", "projector"]

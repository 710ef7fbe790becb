"""Layers for models of embeddings."""

from semihard.layers._class_labels import ClassLabels, class_labels
from semihard.layers.cosine_classifier import CosineClassifier
from semihard.layers.grad_cache import GradCache

__all__ = ["ClassLabels", "CosineClassifier", "GradCache", "class_labels"]

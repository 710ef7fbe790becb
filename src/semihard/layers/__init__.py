"""Layers for models of embeddings."""

from semihard.layers.class_labels import ClassLabels, class_labels
from semihard.layers.cosine_classifier import CosineClassifier

__all__ = ["ClassLabels", "CosineClassifier", "class_labels"]

"""Layers for models of embeddings."""

from semihard.layers.class_labels import ClassLabels, class_labels

__all__ = ["ClassLabels", "class_labels"]

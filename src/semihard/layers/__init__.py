"""Layers for models of embeddings."""

from semihard.layers.class_labels import ClassLabels, class_labels
from semihard.layers.cosine_classifier import CosineClassifier
from semihard.layers.in_pieces import InPieces

__all__ = ["ClassLabels", "CosineClassifier", "InPieces", "class_labels"]

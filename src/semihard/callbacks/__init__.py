"""What is done while a model trains: evaluation, keeping embeddings to look at, and finding hard classes."""

from semihard.callbacks.embedding_checkpoint import EmbeddingCheckpoint, remove_epochs
from semihard.callbacks.embedding_evaluation import EmbeddingEvaluation
from semihard.callbacks.embedding_projector import EmbeddingProjector
from semihard.callbacks.hard_classes import HardClasses

__all__ = ["EmbeddingCheckpoint", "EmbeddingEvaluation", "EmbeddingProjector", "HardClasses", "remove_epochs"]

"""What is done while a model trains: evaluation, and keeping embeddings to look at."""

from semihard.callbacks.embedding_checkpoint import EmbeddingCheckpoint, remove_epochs
from semihard.callbacks.embedding_evaluation import EmbeddingEvaluation
from semihard.callbacks.embedding_projector import EmbeddingProjector

__all__ = ["EmbeddingCheckpoint", "EmbeddingEvaluation", "EmbeddingProjector", "remove_epochs"]

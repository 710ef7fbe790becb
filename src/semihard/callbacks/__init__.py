"""What is done while a model trains: evaluation, and keeping embeddings to look at."""

from semihard.callbacks.embedding_evaluation import EmbeddingEvaluation
from semihard.callbacks.embedding_projector import EmbeddingProjector
from semihard.callbacks.keep_embeddings import KeepEmbeddings, remove_epochs

__all__ = ["EmbeddingEvaluation", "EmbeddingProjector", "KeepEmbeddings", "remove_epochs"]

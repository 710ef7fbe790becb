"""Evaluation while a model trains."""

from semihard.callbacks.embedding_evaluation import EmbeddingEvaluation

__all__ = ["EmbeddingEvaluation"]

"""Retrieval: how good are the nearest neighbors? Metrics with ties averaged over their orders, and a report."""

from semihard.evaluation.retrieval._evaluate import evaluate
from semihard.evaluation.retrieval._evaluate_at_dims import evaluate_at_dims
from semihard.evaluation.retrieval._knn_accuracy import knn_accuracy
from semihard.evaluation.retrieval._score_queries import QueryScores, score_queries
from semihard.evaluation.retrieval._tie_groups import TieGroups, tie_groups
from semihard.evaluation.retrieval.confusions import ConfusionCounts
from semihard.evaluation.retrieval.dims_report import DimsReport
from semihard.evaluation.retrieval.metrics import (
    average_precision,
    map_at_r,
    precision_at_k,
    r_precision,
    recall_at_k,
    reciprocal_rank,
)
from semihard.evaluation.retrieval.report import ClassFigures, Confusion, RetrievalReport

__all__ = [
    "ClassFigures",
    "Confusion",
    "ConfusionCounts",
    "DimsReport",
    "QueryScores",
    "RetrievalReport",
    "TieGroups",
    "average_precision",
    "evaluate",
    "evaluate_at_dims",
    "knn_accuracy",
    "map_at_r",
    "precision_at_k",
    "r_precision",
    "recall_at_k",
    "reciprocal_rank",
    "score_queries",
    "tie_groups",
]

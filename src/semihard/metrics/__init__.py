"""Retrieval metrics: pure functions of NumPy arrays, with ties averaged over their orders."""

from semihard.metrics._copies import copies_note
from semihard.metrics.confusions import ConfusionCounts
from semihard.metrics.map_at_r import map_at_r
from semihard.metrics.precision_at_k import precision_at_k
from semihard.metrics.r_precision import r_precision
from semihard.metrics.recall_at_k import recall_at_k
from semihard.metrics.reciprocal_rank import reciprocal_rank
from semihard.metrics.retrieval_report import RetrievalReport, retrieval_report
from semihard.metrics.score_queries import QueryScores, score_queries
from semihard.metrics.tie_groups import TieGroups, tie_groups

__all__ = [
    "ConfusionCounts",
    "QueryScores",
    "RetrievalReport",
    "TieGroups",
    "copies_note",
    "map_at_r",
    "precision_at_k",
    "r_precision",
    "recall_at_k",
    "reciprocal_rank",
    "retrieval_report",
    "score_queries",
    "tie_groups",
]

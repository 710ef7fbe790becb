"""Retrieval metrics: pure functions of NumPy arrays, with ties averaged over their orders."""

from semihard.metrics.map_at_r import map_at_r
from semihard.metrics.r_precision import r_precision
from semihard.metrics.recall_at_k import recall_at_k
from semihard.metrics.retrieval_report import RetrievalReport, retrieval_report
from semihard.metrics.score_queries import QueryScores, score_queries
from semihard.metrics.tie_groups import TieGroups, tie_groups

__all__ = [
    "QueryScores",
    "RetrievalReport",
    "TieGroups",
    "map_at_r",
    "r_precision",
    "recall_at_k",
    "retrieval_report",
    "score_queries",
    "tie_groups",
]

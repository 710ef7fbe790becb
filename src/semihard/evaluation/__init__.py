"""Figures of a set of embeddings that can be trusted: retrieval with intervals, classes, confusions, health."""

from semihard.evaluation.clustering import Clustering, clustering
from semihard.evaluation.evaluate import evaluate
from semihard.evaluation.health import Health, health
from semihard.evaluation.plot_report import plot_report
from semihard.evaluation.report import ClassFigures, Confusion, Figure, Report

__all__ = [
    "ClassFigures",
    "Clustering",
    "Confusion",
    "Figure",
    "Health",
    "Report",
    "clustering",
    "evaluate",
    "health",
    "plot_report",
]

"""Worker: the AccuracyCalculator of pytorch-metric-learning, with faiss, on the same embeddings."""

import torch
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator

from benchmarks.evaluation.embeddings import make
from benchmarks.harness.clock import Peak
from benchmarks.harness.serve import serve


def report(count, classes, dim, queries):
    """Evaluate; return seconds, peak memory beyond the data in MB, and the figures."""
    x, labels = (torch.from_numpy(array) for array in make(count, classes, dim))
    names = ("precision_at_1", "r_precision", "mean_average_precision_at_r", "mean_reciprocal_rank")
    calculator = AccuracyCalculator(include=names, k="max_bin_count")
    # Queries that are also in the gallery are kept from finding themselves: the peer drops each one's first hit.
    others = {} if queries == count else {"reference": x, "reference_labels": labels, "ref_includes_query": True}
    with Peak() as peak:
        found = calculator.get_accuracy(x[:queries], labels[:queries], **others)
    figures = dict(zip(("recall_at_1", "r_precision", "map_at_r", "mrr"), (found[name] for name in names), strict=True))
    return {"seconds": peak.seconds, "peak": peak.megabytes, "figures": figures}


if __name__ == "__main__":
    serve({"report": report})

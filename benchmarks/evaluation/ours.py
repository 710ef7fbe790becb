"""Worker: the full report of semihard on synthetic embeddings."""

import numpy as np

from benchmarks.evaluation.embeddings import make
from benchmarks.harness.clock import Peak
from benchmarks.harness.serve import serve
from semihard.evaluation import evaluate, score_queries


def mean(values):
    """Average over the queries that have something to find."""
    return float(np.nanmean(values))


def report(count, classes, dim, queries, whole):
    """Make the whole report, or only the figures that the peer has too.

    Returns seconds, peak memory beyond the data in MB, and those figures.
    """
    x, labels = make(count, classes, dim)
    rows = slice(None) if queries == count else slice(queries)
    gallery = {} if queries == count else {"gallery": x, "gallery_labels": labels, "ids": range(queries)}
    if gallery:
        gallery["gallery_ids"] = range(count)
    with Peak() as peak:
        if whole:
            found = evaluate(x[rows], labels[rows], **gallery).figures
            figures = {name: found[name].value for name in ("recall_at_1", "r_precision", "map_at_r", "mrr")}
        else:
            scores = score_queries(x[rows], labels[rows], **gallery, ks=[1])
            values = (scores.recall_at[1], scores.r_precision, scores.map_at_r, scores.reciprocal_rank)
            figures = dict(zip(("recall_at_1", "r_precision", "map_at_r", "mrr"), map(mean, values), strict=True))
    return {"seconds": peak.seconds, "peak": peak.megabytes, "figures": figures}


if __name__ == "__main__":
    serve({"report": report})

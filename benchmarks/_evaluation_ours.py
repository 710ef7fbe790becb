"""Worker: the full report of semihard on synthetic embeddings."""

import time

import numpy as np
from _evaluation_data import make
from _memory import reset_peak, resident
from _serve import serve

from semihard.evaluation import evaluate
from semihard.metrics import score_queries


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
    before = resident("VmRSS")
    reset_peak()
    start = time.perf_counter()
    if whole:
        found = evaluate(x[rows], labels[rows], **gallery).figures
        figures = {name: found[name].value for name in ("recall_at_1", "r_precision", "map_at_r", "mrr")}
    else:
        scores = score_queries(x[rows], labels[rows], **gallery, ks=[1])
        values = (scores.recall_at[1], scores.r_precision, scores.map_at_r, scores.reciprocal_rank)
        figures = dict(zip(("recall_at_1", "r_precision", "map_at_r", "mrr"), map(mean, values), strict=True))
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak": (resident("VmHWM") - before) / 1e3, "figures": figures}


if __name__ == "__main__":
    serve({"report": report})

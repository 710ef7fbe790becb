"""Worker: the full report of semihard on synthetic embeddings."""

import time

from _evaluation_data import make
from _memory import reset_peak, resident
from _serve import serve

from semihard.evaluation import evaluate


def report(count, classes, dim, queries):
    """Evaluate; return seconds, peak memory beyond the data in MB, and the figures that the peer has too."""
    x, labels = make(count, classes, dim)
    rows = slice(None) if queries == count else slice(queries)
    gallery = {} if queries == count else {"gallery": x, "gallery_labels": labels, "ids": range(queries)}
    if gallery:
        gallery["gallery_ids"] = range(count)
    before = resident("VmRSS")
    reset_peak()
    start = time.perf_counter()
    found = evaluate(x[rows], labels[rows], **gallery)
    seconds = time.perf_counter() - start
    figures = {name: found.figures[name].micro for name in ("recall_at_1", "r_precision", "map_at_r", "mrr")}
    return {"seconds": seconds, "peak": (resident("VmHWM") - before) / 1e3, "figures": figures}


if __name__ == "__main__":
    serve({"report": report})

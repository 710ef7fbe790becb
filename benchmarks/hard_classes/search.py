"""Worker: the nearest classes of each class, and of each sample those of other classes, by semihard."""

import time

import numpy as np

from benchmarks.hard_classes.vectors import EACH, K, vectors
from benchmarks.harness.clock import Peak
from benchmarks.harness.serve import serve
from semihard.evaluation import nearest_classes, neighbor_blocks


def search(folder, side, count):
    """Measure "classes" or "samples"."""
    found, labels = vectors(folder, count)
    nearest_classes(found[:1000], labels[:1000], K)  # so that nothing is loaded while the clock runs
    with Peak() as peak:
        start, before = time.perf_counter(), time.process_time()
        if side == "classes":
            nearest_classes(found, labels, K)
        else:
            own = np.arange(count).repeat(EACH), (labels[:, None] * EACH + np.arange(EACH)).reshape(-1)
            for _ in neighbor_blocks(found, depth=K, exclude=own):
                pass
        seconds, busy = time.perf_counter() - start, time.process_time() - before
    return {"seconds": seconds, "busy": busy, "peak": peak.megabytes}


if __name__ == "__main__":
    serve({"search": search})

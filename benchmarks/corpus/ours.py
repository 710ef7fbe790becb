"""Worker: our exact search and report, which need no Keras. Takes how many cores it may use."""

import sys
from pathlib import Path

import numpy as np

from benchmarks.corpus.measure import measured, on_cores, same
from benchmarks.evaluation.embeddings import make as embeddings
from benchmarks.harness.serve import serve

if len(sys.argv) > 1:
    on_cores(int(sys.argv[1]))

from semihard.evaluation import evaluate, nearest_neighbors


def make(folder, count, dim):
    """Write vectors.npy float32 [count, dim] and labels.npy, one class for each hundred."""
    vectors, labels = embeddings(count, max(2, count // 100), dim)
    np.save(Path(folder) / "vectors.npy", vectors)
    np.save(Path(folder) / "labels.npy", labels)


def measure(folder, side, k, memory):
    """Measure "ours", "file" or "report"."""
    vectors = np.load(Path(folder) / "vectors.npy", mmap_mode="r" if side == "file" else None)
    nearest_neighbors(np.random.default_rng(0).normal(size=(100, 4)), k=1)  # what is loaded at first
    if side == "report":
        labels = np.load(Path(folder) / "labels.npy")
        return measured(lambda: evaluate(vectors, labels))[0] | {"same": None}
    given = {"memory": memory} if side == "file" else {}
    figures, (distances, _) = measured(lambda: nearest_neighbors(vectors, vectors, k=k, **given))
    return figures | {"same": same(folder, k, distances**2)}


if __name__ == "__main__":
    serve({"make": make, "measure": measure})

"""Worker: the exact search of faiss. Takes how many cores it may use."""

import sys
from pathlib import Path

import numpy as np

from benchmarks.corpus.measure import keep, measured, on_cores
from benchmarks.harness.serve import serve

THREADS = int(sys.argv[1])
on_cores(THREADS)

import faiss  # noqa: E402  (after the cores are chosen)

faiss.omp_set_num_threads(THREADS)


def measure(folder, k):
    """Measure the index and the search of all."""
    vectors = np.load(Path(folder) / "vectors.npy")
    warm = faiss.IndexFlatL2(vectors.shape[1])
    warm.add(vectors[:1000])
    warm.search(vectors[:100], 1)
    del warm

    def search():
        index = faiss.IndexFlatL2(vectors.shape[1])
        index.add(vectors)
        return index.search(vectors, k)

    figures, (squared, _) = measured(search)
    keep(folder, k, squared)
    return figures | {"same": None}


if __name__ == "__main__":
    serve({"measure": measure})

"""Worker: the exact search, among items themselves and of one query, and the index of a gallery; none needs Keras."""

import time

import numpy as np

from benchmarks.evaluation.embeddings import make
from benchmarks.harness.clock import Peak
from benchmarks.harness.serve import serve
from semihard.evaluation import nearest_neighbors
from semihard.evaluation.search import PreparedGallery
from semihard.gallery import Gallery

K = 10
ONE_BY_ONE = 20  # queries


def search(count, dim):
    """The K nearest of each of `count` vectors among them all."""
    return _measured(count, dim, lambda vectors: nearest_neighbors(vectors, vectors, k=K))


def query(count, dim):
    """The K nearest of one query in `count` vectors that are ready to be searched."""
    vectors = make(count, max(2, count // 100), dim)[0]
    with Peak() as peak:
        gallery = PreparedGallery(vectors)
        nearest_neighbors(vectors[:1], gallery, k=K)
    rows, before = range(ONE_BY_ONE), time.process_time()
    for row in rows:
        nearest_neighbors(vectors[row : row + 1] + np.float32(1e-3), gallery, k=K)
    return {"seconds": (time.process_time() - before) / len(rows), "peak": peak.megabytes}


def index(count, dim):
    """The approximate index (HNSW) of a gallery."""
    import usearch.index  # noqa: F401  (before the clock starts)

    return _measured(count, dim, lambda vectors: Gallery.create(vectors).build_index())


def _measured(count, dim, work):
    work(make(500, 5, dim)[0])  # what is loaded at first
    vectors = np.ascontiguousarray(make(count, max(2, count // 100), dim)[0])
    before = time.process_time()
    with Peak() as peak:
        work(vectors)
    return {"seconds": time.process_time() - before, "peak": peak.megabytes}


if __name__ == "__main__":
    serve({"search": search, "query": query, "index": index})

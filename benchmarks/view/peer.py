"""Worker: the same map by umap-learn alone, as its own README has it, in a fresh process."""

import time

from benchmarks.harness.serve import serve
from benchmarks.view.vectors import make


def measure(count, dim, seed):
    """Return the seconds of the map, import and compilation included, as in ours."""
    vectors, _ = make(count, dim)
    start = time.perf_counter()
    import umap

    umap.UMAP(random_state=seed).fit_transform(vectors)
    return time.perf_counter() - start


if __name__ == "__main__":
    serve({"measure": measure})

"""Worker: our gallery, which needs no Keras; written, opened, and searched exactly or by its index."""

from benchmarks.gallery.measure import measured
from benchmarks.gallery.vectors import K, make
from benchmarks.harness.serve import serve
from semihard.gallery import Gallery


def measure(what, folder, place):
    """Measure "exact" or "hnsw"."""
    if what == "hnsw":
        import usearch.index  # noqa: F401  (before the clock starts)

    def build(vectors, place):
        gallery = Gallery.create(vectors)
        if what == "hnsw":
            gallery.build_index()
        gallery.save(place)
        return lambda queries: gallery.search(queries, K, index="exact" if what == "exact" else "ann").items

    return measured(folder, place, build)


if __name__ == "__main__":
    serve({"make": make, "measure": measure})

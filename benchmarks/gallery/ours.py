"""Worker: our galleries, which need no Keras; written, opened, and searched exactly or by their index."""

import psycopg

from benchmarks.gallery import postgres
from benchmarks.gallery.measure import measured
from benchmarks.gallery.vectors import K, make
from benchmarks.harness.serve import serve
from semihard.gallery import Gallery, LanceGallery, PgGallery

AT_ONCE = 2**15  # that a store is given


def measure(what, folder, place):
    """Measure "exact" or "ann" of the directory, or those of "lance" or "pg", such as "pg_ann"."""
    store, _, index = what.rpartition("_")
    if what == "ann":
        import usearch.index  # noqa: F401  (before the clock starts)
    if store == "lance":
        import lancedb  # noqa: F401
    address = postgres.start() if store == "pg" else None

    def build(vectors, place):
        if not store:
            gallery = Gallery.create(vectors)
        elif store == "lance":
            gallery = _filled(LanceGallery.create(place), vectors)
        else:
            gallery = _filled(PgGallery.create(address, "gallery"), vectors)
        if index == "ann":
            gallery.build_index()
        if not store:
            gallery.save(place)
        return lambda queries: gallery.search(queries, K, index=index).items

    return measured(folder, place, build, (lambda: _bytes(address)) if store == "pg" else None)


def _filled(gallery, vectors):
    for start in range(0, len(vectors), AT_ONCE):
        gallery.add(vectors[start : start + AT_ONCE])
    return gallery


def _bytes(address):
    with psycopg.connect(address) as connection:
        return connection.execute("SELECT pg_total_relation_size('gallery')").fetchone()[0]


if __name__ == "__main__":
    serve({"make": make, "measure": measure})

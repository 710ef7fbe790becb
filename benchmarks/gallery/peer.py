"""Worker: the same vectors in faiss, usearch and LanceDB, with their own defaults but for what is said here.

HNSW keeps 64 candidates in view in each search (faiss's own 16 find too few).
"""

import importlib

import numpy as np

from benchmarks.gallery.measure import measured
from benchmarks.gallery.vectors import K
from benchmarks.harness.serve import serve


def faiss_flat(vectors, place):
    import faiss

    return _faiss(faiss, faiss.IndexFlatL2(vectors.shape[1]), vectors, place)


def faiss_hnsw(vectors, place):
    import faiss

    index = faiss.IndexHNSWFlat(vectors.shape[1], 32)
    index.hnsw.efSearch = 64
    return _faiss(faiss, index, vectors, place)


def _faiss(faiss, index, vectors, place):
    index.add(vectors)
    faiss.write_index(index, place)
    return lambda queries: index.search(queries, K)[1]


def usearch(vectors, place):
    from usearch.index import Index

    index = Index(ndim=vectors.shape[1], metric="l2sq", dtype="f32")
    index.add(np.arange(len(vectors), dtype=np.uint64), vectors)
    index.save(place)
    return lambda queries: np.asarray(index.search(queries, K).keys).reshape(-1, K).astype(np.int64)


def lancedb_flat(vectors, place):
    return _searched(_lance(vectors, place))


def lancedb_hnsw(vectors, place):
    table = _lance(vectors, place)
    table.create_index(metric="l2", index_type="IVF_HNSW_SQ", vector_column_name="vector")
    return _searched(table)


def _lance(vectors, place):
    import lancedb
    import pyarrow as pa

    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
    data = pa.table({"id": pa.array(np.arange(len(vectors))), "vector": column})
    return lancedb.connect(place).create_table("gallery", data)


def _searched(table):
    def search(queries):
        given = queries[0] if len(queries) == 1 else queries
        found = table.search(given, vector_column_name="vector").select(["id", "_distance"]).limit(K).to_arrow()
        if len(queries) > 1:
            found = found.sort_by([("query_index", "ascending"), ("_distance", "ascending")])
        return found["id"].to_numpy().reshape(-1, K)

    return search


def measure(what, folder, place):
    """Measure one of the sides."""
    importlib.import_module({"usearch": "usearch.index"}.get(what, what.split("_")[0]))  # before the clock starts
    return measured(folder, place, SIDES[what])


SIDES = {side.__name__: side for side in (faiss_flat, faiss_hnsw, usearch, lancedb_flat, lancedb_hnsw)}

if __name__ == "__main__":
    serve({"measure": measure})

"""How long a gallery takes to build and to search, how large it is, and what it finds; for each side alike."""

import time
from pathlib import Path

import numpy as np

from benchmarks.gallery.vectors import K, read, recall
from benchmarks.harness.clock import Peak, milliseconds

SINGLE = 100  # queries one by one


def measured(folder, place, build, disk=None):
    """Return seconds, milliseconds, megabytes and the recall.

    Args:
        folder: where the vectors lie.
        place: an empty path, where `build` may write a file or a directory.
        build: called with the vectors and the place; returns what is called with queries [n, dim] and gives the items
            of the K nearest, int [n, K].
        disk: how many bytes were written, where that is not into `place`.
    """
    vectors, queries = read(folder)
    with Peak() as peak:
        start, before = time.perf_counter(), time.process_time()
        search = build(vectors, place)
        seconds, busy = time.perf_counter() - start, time.process_time() - before
        search(queries[:1])
        singles = iter(np.resize(np.arange(len(queries)), 10 * SINGLE))
        single, _ = milliseconds(lambda: search(queries[(row := next(singles)) : row + 1]), 2, SINGLE)
        search(queries)
        before = time.process_time()
        many, found = milliseconds(lambda: search(queries), 1, 5)
        many_busy = (time.process_time() - before) / len(many) * 1e3
    found = np.asarray(found)
    assert found.shape == (len(queries), K)
    return {
        "build": seconds,
        "build_busy": busy,
        "many_busy": many_busy,
        "single": float(np.median(single)),
        "many": float(np.median(many)),
        "recall": recall(folder, vectors, queries, found),
        "disk": (_bytes(Path(place)) if disk is None else disk()) / 1e6,
        "peak": peak.megabytes,
    }


def _bytes(path):
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)

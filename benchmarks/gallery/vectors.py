"""Clusters of unit vectors, queries from the same clusters, and the true neighbours; the same for each side."""

from pathlib import Path

import numpy as np

K, QUERIES = 10, 1000


def make(folder, count, dim, seed):
    """Write vectors.npy float32 [count, dim], queries.npy float32 [QUERIES, dim] and farthest.npy.

    The last holds how far the K-th neighbour of each query is, squared, float64 [QUERIES].
    """
    folder, rng = Path(folder), np.random.default_rng(seed)
    centres = rng.standard_normal((max(10, count // 50), dim), dtype=np.float32)
    vectors, queries = _drawn(rng, centres, count), _drawn(rng, centres, QUERIES)
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "queries.npy", queries)
    nearest = np.full((QUERIES, K), np.inf, np.float32)
    for start in range(0, count, 2**14):
        some = 2 - 2 * (queries @ vectors[start : start + 2**14].T)
        nearest = np.sort(np.concatenate([nearest, some], axis=1), axis=1)[:, :K]
    np.save(folder / "farthest.npy", nearest[:, -1].astype(np.float64))


def read(folder):
    """Return the vectors and the queries."""
    return np.load(Path(folder) / "vectors.npy"), np.load(Path(folder) / "queries.npy")


def recall(folder, vectors, queries, found):
    """Share of the K nearest that are among `found`, int [QUERIES, K], up to the rounding of float32."""
    farthest = np.load(Path(folder) / "farthest.npy")[:, None]
    distances = ((queries[:, None].astype(np.float64) - vectors[found]) ** 2).sum(axis=2)
    return float(np.minimum((distances <= farthest + 1e-5).sum(axis=1), K).mean() / K)


def _drawn(rng, centres, count):
    found = np.empty((count, centres.shape[1]), np.float32)
    for start in range(0, count, 2**14):
        part = found[start : start + 2**14]
        part[:] = centres[rng.integers(len(centres), size=len(part))]
        part += 0.7 * rng.standard_normal(part.shape, dtype=np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return found

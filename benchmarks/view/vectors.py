"""Random clusters of unit vectors, the same for each side."""

import numpy as np


def make(count, dim):
    """Return vectors float32 [count, dim] and labels int64 [count] of a hundred classes."""
    rng = np.random.default_rng(0)
    labels = rng.integers(100, size=count)
    vectors = rng.normal(size=(100, dim)).astype(np.float32)[labels]
    vectors += rng.normal(size=vectors.shape, scale=0.5).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, labels

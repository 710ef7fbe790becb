"""Embeddings that workers of any environment can make: unit vectors in classes that overlap a little."""

import numpy as np


def make(count, classes, dim):
    """Return x float32 [count, dim] and labels int64 [count]."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, count)
    x = rng.normal(size=(classes, dim)).astype("float32")[labels]
    x += rng.normal(scale=2.0, size=x.shape).astype("float32")
    return x / np.linalg.norm(x, axis=1, keepdims=True), labels

"""The batches that every peer mines, made alike in each worker from NumPy's seeded generator."""

from dataclasses import dataclass

import numpy as np

LAYOUTS = ("10 classes", "K = 4")
ROWS_AT_ONCE = 4096  # above this the floor is measured in row blocks: one 65,536² product alone is 17 GB


@dataclass(frozen=True, order=True)
class Batch:
    """One batch: its size, how it is labelled, and the width of an embedding."""

    layout: str
    size: int
    dim: int = 256

    def arrays(self):
        """Return labels int32 [size] and embeddings float32 [size, dim] of length 1."""
        random = np.random.default_rng(self.size)
        if self.layout == "10 classes":
            labels = random.integers(0, 10, self.size)
        else:  # P×K: every class has 4 rows, in any order
            labels = random.permutation(np.arange(self.size) // 4)
        embeddings = random.standard_normal((self.size, self.dim))
        embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
        return labels.astype("int32"), embeddings.astype("float32")

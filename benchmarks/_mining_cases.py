"""The batches that every peer mines, made alike in each worker from NumPy's seeded generator."""

from dataclasses import dataclass

import numpy as np

LAYOUTS = ("10 classes", "K = 4")
ROWS_AT_ONCE = 4096  # above this the floor is measured in row blocks: one 65,536² product alone is 17 GB


@dataclass(frozen=True, order=True)
class Case:
    """One batch: its size, how it is labelled, and the width of an embedding."""

    layout: str
    batch: int
    dim: int = 256

    def arrays(self):
        """Return labels int32 [batch] and embeddings float32 [batch, dim] of length 1."""
        random = np.random.default_rng(self.batch)
        if self.layout == "10 classes":
            labels = random.integers(0, 10, self.batch)
        else:  # P×K: every class has 4 rows, in any order
            labels = random.permutation(np.arange(self.batch) // 4)
        embeddings = random.standard_normal((self.batch, self.dim))
        embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
        return labels.astype("int32"), embeddings.astype("float32")

    def triplets(self):
        """Return how many (anchor, positive, negative) there are."""
        labels = self.arrays()[0]
        counts = np.unique(labels, return_counts=True)[1].astype("int64")
        return int(np.sum(counts * (counts - 1) * (self.batch - counts)))

    def loss(self):
        """Return the semi-hard loss (margin 1, Euclidean) in float64, straight from its definition."""
        labels, embeddings = self.arrays()
        embeddings = embeddings.astype("float64")
        squares = np.sum(embeddings**2, axis=1)
        total, pairs = 0.0, 0
        for anchor in range(self.batch):
            squared = squares + squares[anchor] - 2 * embeddings @ embeddings[anchor]
            distances = np.sqrt(np.maximum(squared, 0))
            same = labels == labels[anchor]
            negatives = np.sort(distances[~same])
            same[anchor] = False
            positives = distances[same]
            if len(negatives) and len(positives):
                # The nearest negative farther than the positive; without one, the farthest negative.
                found = np.searchsorted(negatives, positives, side="right")
                chosen = negatives[np.minimum(found, len(negatives) - 1)]
                total += np.sum(np.maximum(1 + positives - chosen, 0))
            pairs += len(positives)
        return total / pairs if pairs else 0.0

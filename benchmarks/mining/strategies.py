"""Which triplets a loss takes: what every side is asked for, and the same in float64, straight from the definition.

Margin 1, Euclidean. The loss is the sum of what all anchors pay over the number of what they pay for.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MARGIN = 1.0


@dataclass(frozen=True)
class Strategy:
    """One way of mining.

    Attributes:
        title: what a page calls it.
        of_anchor: (distances to positives, to negatives in order) → what the anchor pays, and for how many.
        apart: peers whose loss of that name has another definition, and what that is.
        bytes_needed: peer → (batch, triplets) → about how much it takes, of the peers that grow with the triplets.
    """

    title: str
    of_anchor: Callable
    apart: dict
    bytes_needed: dict

    def paid(self, labels, embeddings, anchor):
        """Return what one anchor pays and for how many; embeddings in float64."""
        squares = np.sum(embeddings**2, axis=1)
        distances = np.sqrt(np.maximum(squares + squares[anchor] - 2 * embeddings @ embeddings[anchor], 0))
        same = labels == labels[anchor]
        negatives = np.sort(distances[~same])
        same[anchor] = False
        positives = distances[same]
        return self.of_anchor(positives, negatives) if len(negatives) else (0.0, len(positives))

    def loss(self, labels, embeddings):
        """Return the whole loss."""
        embeddings = embeddings.astype("float64")
        cost, count = np.sum([self.paid(labels, embeddings, anchor) for anchor in range(len(labels))], axis=0)
        return float(cost / count) if count else 0.0


def _semi_hard(positives, negatives):
    # The nearest negative farther than the positive; without one, the farthest negative.
    found = np.searchsorted(negatives, positives, side="right")
    chosen = negatives[np.minimum(found, len(negatives) - 1)]
    return np.sum(np.maximum(MARGIN + positives - chosen, 0)), len(positives)


def _batch_hard(positives, negatives):
    # Without a positive an anchor is its own, at distance 0, as in TensorFlow Addons.
    return max(MARGIN + max(positives, default=0.0) - negatives[0], 0), 1


def _batch_all(positives, negatives):
    # Of sorted negatives, those that pay are the first ones.
    paying = np.searchsorted(negatives, MARGIN + positives)
    sums = np.concatenate([[0.0], np.cumsum(negatives)])
    return np.sum(paying * (MARGIN + positives) - sums[paying]), np.sum(paying)


def _every_triplet(batch, triplets):
    return 80.0 * triplets + (batch**3 if batch < 1291 else 0)


def _cube(batch, triplets):
    return 15.0 * batch**3


STRATEGIES = {
    "semi-hard": Strategy(
        "Semi-hard mining",
        _semi_hard,
        {"pml": "its miner keeps every triplet inside the margin"},
        {"tfa": _cube, "pml": _every_triplet},
    ),
    "batch-hard": Strategy("Batch-hard mining", _batch_hard, {"pml": "it is the mean over the anchors that pay"}, {}),
    "batch-all": Strategy("Batch-all mining", _batch_all, {}, {"pml": _every_triplet, "st": _cube}),
}


def triplets(labels):
    """Return how many (anchor, positive, negative) there are."""
    counts = np.unique(labels, return_counts=True)[1].astype("int64")
    return int(np.sum(counts * (counts - 1) * (len(labels) - counts)))

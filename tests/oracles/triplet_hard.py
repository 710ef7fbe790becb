"""The batch-hard triplet loss in loops, in float64."""

import math

import numpy as np

from tests.oracles.triplet import distance_matrix, gradient


def hard(distances: np.ndarray, labels, margin: float, soft: bool, addons: bool = False):
    """Cost of each anchor, and its slopes by each distance of its row (ties share)."""
    distances, labels = np.asarray(distances, np.float64), np.asarray(labels).reshape(-1)
    batch = len(labels)
    cost, slopes = np.zeros(batch), np.zeros((batch, batch))
    one_class, all_alone = len(set(labels.tolist())) < 2, len(set(labels.tolist())) == batch
    if (one_class or all_alone) and not addons:
        return cost, slopes
    for anchor in range(batch):
        row = distances[anchor]
        positives = [j for j in range(batch) if j != anchor and labels[j] == labels[anchor]]
        negatives = [n for n in range(batch) if labels[n] != labels[anchor]]
        farthest = max(row[j] for j in positives) if positives else min(row)
        nearest = min(row[n] for n in negatives) if negatives else max(row)
        excess = farthest - nearest
        if soft:
            cost[anchor] = excess + math.log1p(math.exp(-excess)) if excess > 0 else math.log1p(math.exp(excess))
            slope = 1 / (1 + math.exp(-excess)) if excess > -700 else 0.0
        else:
            cost[anchor] = max(0.0, margin + excess)
            slope = float(margin + excess >= 0)
        for chosen, candidates, sign in ((farthest, positives, 1), (nearest, negatives, -1)):
            tied = [j for j in candidates or range(batch) if row[j] == chosen]
            for j in tied:
                slopes[anchor, j] += sign * slope / len(tied)
    return cost, slopes


def hard_loss(x, labels, margin: float, soft: bool, metric: str, addons: bool = False):
    """The scalar loss and its gradient by x."""
    cost, slopes = hard(distance_matrix(x, metric), labels, margin, soft, addons)
    return cost.mean(), gradient(x, slopes, metric) / len(cost)

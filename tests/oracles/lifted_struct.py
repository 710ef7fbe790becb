"""The lifted structured loss in loops, in float64."""

import math

import numpy as np

from tests.oracles.triplet import distance_matrix, gradient


def lifted(x, labels, margin: float):
    """Cost of each anchor (the sum over its positives of max(0, J)² / 2), its slopes, and the number of pairs."""
    d, labels = distance_matrix(x, "L2"), np.asarray(labels).reshape(-1)
    batch = len(labels)
    cost, slopes, pairs = np.zeros(batch), np.zeros((batch, batch, batch)), 0
    for i in range(batch):
        for j in range(batch):
            if i == j or labels[i] != labels[j]:
                continue
            ends = [(a, n) for a in (i, j) for n in range(batch) if labels[n] != labels[a]]
            if not ends:
                continue
            pairs += 1
            least = min(d[a, n] for a, n in ends)
            terms = [math.exp(least - d[a, n]) for a, n in ends]
            hinge = max(0.0, d[i, j] + margin - least + math.log(sum(terms)))
            cost[i] += hinge**2 / 2
            slopes[i, i, j] += hinge
            for (a, n), term in zip(ends, terms, strict=True):
                slopes[i, a, n] -= hinge * term / sum(terms)
    return cost, slopes, pairs


def lifted_loss(x, labels, margin: float, weights=None):
    """Σ weight · cost / pairs (weights of one: the published loss), and its gradient by x."""
    cost, slopes, pairs = lifted(x, labels, margin)
    weights = np.ones(len(cost)) if weights is None else weights
    slopes = np.einsum("i,iab->ab", weights, slopes)
    return (weights @ cost) / max(pairs, 1), gradient(x, slopes, "L2") / max(pairs, 1)

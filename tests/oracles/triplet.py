"""Naive loops in float64, written from the definition and nothing else."""

import numpy as np


def distance_matrix(x: np.ndarray, metric: str) -> np.ndarray:
    x = np.asarray(x, np.float64)
    if metric == "angular":
        unit = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-6)
        return np.maximum(1 - unit @ unit.T, 0)
    squared = np.square(x[:, None] - x[None]).sum(-1)
    return squared if metric == "squared-L2" else np.sqrt(squared)


def semi_hard(distances: np.ndarray, labels, margin: float, addons: bool = False):
    """Cost of each anchor, its slopes by each distance (ties share), and the number of pairs paid."""
    distances, labels = np.asarray(distances, np.float64), np.asarray(labels).reshape(-1)
    batch = len(labels)
    cost, slopes, pairs = np.zeros(batch), np.zeros((batch, batch)), 0
    for anchor in range(batch):
        row = distances[anchor]
        negatives = [n for n in range(batch) if labels[n] != labels[anchor]]
        for positive in range(batch):
            if positive == anchor or labels[positive] != labels[anchor] or not (negatives or addons):
                continue
            pairs += 1
            farther = [row[n] for n in negatives if row[n] > row[positive]]
            if farther:
                chosen = min(farther)
            elif negatives:
                chosen = max(row[n] for n in negatives)
            else:
                chosen = min(row)
            hinge = margin + row[positive] - chosen
            if hinge >= 0:
                cost[anchor] += hinge
                slopes[anchor, positive] += 1
                tied = [n for n in negatives if row[n] == chosen]
                for n in tied:
                    slopes[anchor, n] -= 1 / len(tied)
    return cost, slopes, pairs


def gradient(x: np.ndarray, slopes: np.ndarray, metric: str) -> np.ndarray:
    """Σ slopes · ∂distance/∂x, one pair at a time."""
    x = np.asarray(x, np.float64)
    total = np.zeros_like(x)
    norms = np.linalg.norm(x, axis=1)
    for i, j in zip(*np.nonzero(slopes), strict=True):
        weight, apart = slopes[i, j], x[i] - x[j]
        if metric == "angular":
            if norms[i] == 0 or norms[j] == 0:
                continue
            u, v = x[i] / norms[i], x[j] / norms[j]
            total[i] -= weight * (v - u * (u @ v)) / norms[i]
            total[j] -= weight * (u - v * (u @ v)) / norms[j]
        elif metric == "squared-L2":
            total[i] += 2 * weight * apart
            total[j] -= 2 * weight * apart
        elif np.any(apart):
            total[i] += weight * apart / np.linalg.norm(apart)
            total[j] -= weight * apart / np.linalg.norm(apart)
    return total


def semi_hard_loss(x: np.ndarray, labels, margin: float, metric: str, addons: bool = False):
    """The scalar loss and its gradient by x."""
    cost, slopes, pairs = semi_hard(distance_matrix(x, metric), labels, margin, addons)
    if pairs == 0:
        return (np.nan if addons else 0.0), np.zeros(np.shape(x))
    return cost.sum() / pairs, gradient(x, slopes, metric) / pairs

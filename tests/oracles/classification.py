"""Losses over class vectors in float64, one sample and one class at a time, from their papers."""

import math

import numpy as np


def cross_entropy(logits, own: int) -> float:
    most = max(logits)
    return most + math.log(sum(math.exp(x - most) for x in logits)) - logits[own]


def cosface(cosines: np.ndarray, labels, margin: float, scale: float) -> np.ndarray:
    rows = [
        [scale * (float(c) - margin * (k == own)) for k, c in enumerate(row)]
        for row, own in zip(cosines, labels, strict=True)
    ]
    return np.array([cross_entropy(row, own) for row, own in zip(rows, labels, strict=True)])


def arcface(cosines: np.ndarray, labels, margin: float, scale: float) -> np.ndarray:
    """With the arc cosine, as the paper writes it."""
    values = []
    for row, own in zip(cosines, labels, strict=True):
        logits = [scale * float(c) for c in row]
        cosine = min(max(float(row[own]), -1.0), 1.0)
        angle = math.acos(cosine)
        widened = math.cos(angle + margin) if angle <= math.pi - margin else cosine - margin * math.sin(margin)
        logits[own] = scale * widened
        values.append(cross_entropy(logits, own))
    return np.array(values)


def proxy_anchor(cosines: np.ndarray, labels, margin: float, alpha: float) -> float:
    batch, classes = cosines.shape
    with_samples = len({int(label) for label in labels})
    total = 0.0
    for k in range(classes):
        pulled = [-alpha * (float(cosines[i, k]) - margin) for i in range(batch) if labels[i] == k]
        pushed = [alpha * (float(cosines[i, k]) + margin) for i in range(batch) if labels[i] != k]
        # log(exp(0) + Σ exp(…)), where the exponentials may overflow.
        total += np.logaddexp.reduce([0.0, *pulled]) / with_samples + np.logaddexp.reduce([0.0, *pushed]) / classes
    return total


def slopes(function, x: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """The gradient of a scalar function by central differences."""
    x = np.asarray(x, np.float64)
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        moved = np.zeros_like(x)
        moved[place] = step
        gradient[place] = (function(x + moved) - function(x - moved)) / (2 * step)
    return gradient

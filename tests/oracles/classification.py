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
    return float(proxy_anchor_shares(cosines, labels, margin, alpha).mean())


def proxy_anchor_shares(cosines: np.ndarray, labels, margin: float, alpha: float, weigh=None) -> np.ndarray:
    """Each sample's part of every logarithm, in proportion to its exponential, times the batch; [batch].

    With `weigh`, cosines too, those proportions are fixed at these.
    """
    batch, classes = cosines.shape
    with_samples = len({int(label) for label in labels})
    values = np.zeros(batch)
    for k in range(classes):
        own = [i for i in range(batch) if labels[i] == k]
        others = [i for i in range(batch) if labels[i] != k]
        for rows, sign, count in ((own, -1, with_samples), (others, 1, classes)):

            def exponents(x, rows=rows, sign=sign, k=k):
                return [sign * alpha * (float(x[i, k]) + sign * margin) for i in rows]

            # log(exp(0) + Σ exp(…)), where the exponentials may overflow.
            total = np.logaddexp.reduce([0.0, *exponents(cosines)]) / count
            given = exponents(cosines if weigh is None else weigh)
            for i, exponent in zip(rows, given, strict=True):
                values[i] += total * math.exp(exponent - np.logaddexp.reduce(given)) * batch
    return values


def slopes(function, x: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """The gradient of a scalar function by central differences."""
    x = np.asarray(x, np.float64)
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        moved = np.zeros_like(x)
        moved[place] = step
        gradient[place] = (function(x + moved) - function(x - moved)) / (2 * step)
    return gradient

"""Simulated identities whose error rates are known in closed form."""

import math

import numpy as np


def people(identities, each, dim=8, noise=1.0, seed=0):
    """Float32 [identities · each, dim] and labels: centres N(0, I), and around them N(0, noise² I)."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(identities), each)
    embeddings = rng.normal(size=(identities, dim))[labels] + noise * rng.normal(size=(len(labels), dim))
    return embeddings.astype(np.float32), labels


# With the defaults, d² is 2 χ²₈ for a genuine pair (2 noise²) and 4 χ²₈ for an impostor pair (2 + 2 noise²).


def chi_square_8(x):
    """P(χ²₈ ≤ x) = 1 − e^(−x/2) Σ_{k<4} (x/2)^k / k!"""
    return 1.0 - math.exp(-x / 2) * sum((x / 2) ** k / math.factorial(k) for k in range(4))


def true_far(threshold):
    return chi_square_8(threshold**2 / 4)


def true_roc_auc():
    """P(2 χ²₈ < 4 χ²₈) = P(Beta(4, 4) < 2/3), that at least 4 of 7 uniform numbers are below 2/3."""
    return sum(math.comb(7, k) * (2 / 3) ** k * (1 / 3) ** (7 - k) for k in range(4, 8))


def true_eer():
    """Bisect for the threshold where P(χ²₈ ≤ t²/4) = P(χ²₈ > t²/2)."""
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if true_far(middle) < 1.0 - chi_square_8(middle**2 / 2) else (low, middle)
    return true_far(low)

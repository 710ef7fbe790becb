"""Verification by double loops over pairs, and nothing else."""

import math
from itertools import pairwise


def pairs(embeddings, labels):
    """Distances of genuine and of impostor pairs, each unordered pair once."""
    genuine, impostor = [], []
    for i in range(len(labels)):
        for j in range(i):
            squares = [(float(a) - float(b)) ** 2 for a, b in zip(embeddings[i], embeddings[j], strict=True)]
            (genuine if labels[i] == labels[j] else impostor).append(math.sqrt(math.fsum(squares)))
    return genuine, impostor


def roc_auc(genuine, impostor):
    won = sum((g < i) + 0.5 * (g == i) for g in genuine for i in impostor)
    return won / (len(genuine) * len(impostor))


def rates(genuine, impostor):
    """(FAR, FRR) where nothing is accepted, then at each different distance."""
    thresholds = [-math.inf, *sorted({*genuine, *impostor})]
    return [
        (sum(i <= t for i in impostor) / len(impostor), sum(g > t for g in genuine) / len(genuine)) for t in thresholds
    ]


def equal_error_rate(genuine, impostor):
    """Where the first straight piece of the curve with FAR ≥ FRR at its end meets FAR = FRR."""
    points = rates(genuine, impostor)
    for (far, frr), (far_after, frr_after) in pairwise(points):
        if far_after >= frr_after:
            # far + s (far_after − far) = frr + s (frr_after − frr)
            s = (frr - far) / ((far_after - far) - (frr_after - frr))
            return far + s * (far_after - far)
    raise AssertionError("the last point has FAR 1 and FRR 0")


def tar_at_far(genuine, impostor, target):
    return max(1 - frr for far, frr in rates(genuine, impostor) if far <= target)

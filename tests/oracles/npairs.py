"""The N-pairs losses in loops, in float64."""

import math

import numpy as np


def npairs(similarities, shared, addons: bool = False):
    """Value of each row, and the gradient of their sum by the similarities.

    Args:
        similarities: [batch, batch].
        shared: (i, j) → how many labels the samples have in common.
        addons: whether a row that shares nothing is NaN; else it is 0.
    """
    s = np.asarray(similarities, np.float64)
    batch = len(s)
    values, slopes = np.zeros(batch), np.zeros((batch, batch))
    for i in range(batch):
        total = sum(shared(i, j) for j in range(batch))
        if total == 0:
            values[i] = math.nan if addons else 0.0
            continue
        most = max(s[i])
        log_sum = most + math.log(sum(math.exp(s[i, j] - most) for j in range(batch)))
        for j in range(batch):
            target = shared(i, j) / total
            values[i] += target * (log_sum - s[i, j])
            slopes[i, j] = math.exp(s[i, j] - log_sum) - target
    return values, slopes


def same_label(labels):
    labels = np.asarray(labels).reshape(-1)
    return lambda i, j: int(labels[i] == labels[j])


def labels_in_common(rows):
    sets = [{c for c, has in enumerate(row) if has} for row in np.asarray(rows)]
    return lambda i, j: len(sets[i] & sets[j])

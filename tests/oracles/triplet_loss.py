"""The triplet loss with mining as arguments: loops over triplets, in float64."""

import math

import numpy as np

from tests.oracles.triplet import distance_matrix, gradient


def masks(labels):
    """Positive and negative pairs of labels, as everyone understands them."""
    labels = np.asarray(labels).reshape(-1)
    same = labels[:, None] == labels[None]
    return same & ~np.eye(len(labels), dtype=bool), ~same


def tied(row, places, chosen):
    return [j for j in places if row[j] == chosen]


def positives_of(row, places, which):
    """Groups of positives; those of a group are tied and share one triplet."""
    if which == "all":
        return [[j] for j in places]
    return [tied(row, places, (max if which == "hardest" else min)(row[j] for j in places))]


def negatives_of(row, places, positive, which, margin, fallback):
    """Groups of negatives for a positive at this distance."""
    if which == "hardest":
        return [tied(row, places, min(row[n] for n in places))]
    if which == "semi_hard":
        farther = [row[n] for n in places if row[n] > positive]
        if farther:
            return [tied(row, places, min(farther))]
        return [tied(row, places, max(row[n] for n in places))] if fallback == "farthest" else []
    if which == "all_semi_hard":
        return [[n] for n in places if positive < row[n] < margin + positive]
    if which == "all_hard":
        return [[n] for n in places if row[n] <= positive]
    return [[n] for n in places]


def price(excess, margin, average):
    """Cost and slope of a triplet; margin + positive − negative is the excess, without margin for "soft"."""
    if margin == "soft":
        cost = excess + math.log1p(math.exp(-excess)) if excess > 0 else math.log1p(math.exp(excess))
        return cost, 1 / (1 + math.exp(-excess)) if excess > -700 else 0.0
    return max(0.0, excess), float(excess > 0 or (excess == 0 and average == "all"))


def per_anchor(
    distances,
    positive,
    negative,
    margin=1.0,
    positives="all",
    negatives="semi_hard",
    fallback="farthest",
    average="all",
):
    """Values of the anchors, whose mean is the loss, and their slopes by each distance of their row."""
    distances, add = np.asarray(distances, np.float64), 0.0 if margin == "soft" else margin
    cost, slopes, count = np.zeros(len(distances)), np.zeros(distances.shape), 0
    for anchor, row in enumerate(distances):
        ours, others = np.flatnonzero(positive[anchor]), np.flatnonzero(negative[anchor])
        if not len(ours) or not len(others):
            continue
        for group in positives_of(row, ours, positives):
            for opposite in negatives_of(row, others, row[group[0]], negatives, add, fallback):
                paid, slope = price(add + row[group[0]] - row[opposite[0]], margin, average)
                count += average == "all" or paid > 0
                cost[anchor] += paid
                slopes[anchor, group] += slope / len(group)
                slopes[anchor, opposite] -= slope / len(opposite)
    share = len(distances) / max(count, 1)
    return cost * share, slopes * share


def triplet_loss(x, labels, margin=1.0, metric="L2", **options):
    """The scalar loss and its gradient by x."""
    values, slopes = per_anchor(distance_matrix(x, metric), *masks(labels), margin, **options)
    size = max(len(values), 1)
    return values.sum() / size, gradient(x, slopes, metric) / size

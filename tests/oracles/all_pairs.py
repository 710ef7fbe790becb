"""The losses over all pairs of a batch, one anchor and one pair at a time, in float64.

Each takes embeddings and a table of signs [anchors, references] (`tests.oracles.relations`: 1 positive, −1 negative, 0
neither) and returns one value an anchor, whose mean is the loss.
"""

import math

import numpy as np

from tests.oracles.triplet import distance_matrix


def cosines(x) -> list[list[float]]:
    rows = np.asarray(x, np.float64).tolist()
    lengths = [math.sqrt(math.fsum(a * a for a in row)) for row in rows]
    return [
        [math.fsum(a * b for a, b in zip(u, v, strict=True)) / (m * n) for v, n in zip(rows, lengths, strict=True)]
        for u, m in zip(rows, lengths, strict=True)
    ]


def sides(table, i: int) -> tuple[list[int], list[int]]:
    """The positives and the negatives of an anchor."""
    row = np.asarray(table)[i].tolist()
    return [j for j, sign in enumerate(row) if sign == 1], [j for j, sign in enumerate(row) if sign == -1]


def log_sum(exponents: list[float]) -> float:
    most = max(exponents)
    return most + math.log(math.fsum(math.exp(e - most) for e in exponents))


def per_count(values: list[float], count: int) -> np.ndarray:
    """Values whose mean is their sum / count."""
    return np.array(values) * (len(values) / max(count, 1))


def pair_contrastive(
    x, table, positive_margin=0.0, negative_margin=1.0, distance_metric="L2", squared=True, average="all"
) -> np.ndarray:
    d = distance_matrix(x, distance_metric)
    power = 2 if squared else 1
    pull, push = [], []
    for i in range(len(d)):
        positives, negatives = sides(table, i)
        pull.append([max(0.0, d[i, j] - positive_margin) ** power for j in positives])
        push.append([max(0.0, negative_margin - d[i, j]) ** power for j in negatives])
    if average == "all":
        return per_count([sum(a) + sum(b) for a, b in zip(pull, push, strict=True)], sum(map(len, pull + push)))
    paying = [sum(cost > 0 for costs in side for cost in costs) for side in (pull, push)]
    return per_count([sum(a) for a in pull], paying[0]) + per_count([sum(b) for b in push], paying[1])


def multi_similarity(x, table, alpha=2.0, beta=50.0, base=0.5, epsilon=0.1) -> np.ndarray:
    s, values = cosines(x), []
    for i in range(len(s)):
        positives, negatives = sides(table, i)
        if epsilon is not None:
            hard = [j for j in positives if any(s[i][j] < s[i][n] + epsilon for n in negatives)]
            negatives = [n for n in negatives if any(s[i][n] > s[i][j] - epsilon for j in positives)]
            positives = hard
        pull = log_sum([0.0] + [-alpha * (s[i][j] - base) for j in positives]) / alpha
        values.append(pull + log_sum([0.0] + [beta * (s[i][n] - base) for n in negatives]) / beta)
    return np.array(values)


def supervised_contrastive(x, table, temperature=0.1) -> np.ndarray:
    s, values, anchors = cosines(x), [], 0
    has_negative = (np.asarray(table) == -1).any()
    for i in range(len(s)):
        positives, negatives = sides(table, i)
        if not positives or not has_negative:
            values.append(0.0)
            continue
        anchors += 1
        below = log_sum([s[i][a] / temperature for a in positives + negatives])
        values.append(sum(below - s[i][p] / temperature for p in positives) / len(positives))
    return per_count(values, anchors)


def nt_xent(x, table, temperature=0.1) -> np.ndarray:
    s, values, pairs = cosines(x), [], 0
    for i in range(len(s)):
        positives, negatives = sides(table, i)
        pairs += len(positives)
        logits = {j: s[i][j] / temperature for j in positives + negatives}
        values.append(sum(log_sum([logits[j], *(logits[n] for n in negatives)]) - logits[j] for j in positives))
    return per_count(values, pairs)


def circle(x, table, margin=0.4, scale=80.0, weigh=None) -> np.ndarray:
    """`weigh`: the embeddings that give the weights, if not x: the paper takes no gradient through them."""
    s, fixed = cosines(x), cosines(x if weigh is None else weigh)
    values, anchors = [], 0
    for i in range(len(s)):
        positives, negatives = sides(table, i)
        if not positives or not negatives:
            values.append(0.0)
            continue
        anchors += 1
        pull = [-scale * max(0.0, 1 + margin - fixed[i][j]) * (s[i][j] - 1 + margin) for j in positives]
        push = [scale * max(0.0, fixed[i][n] + margin) * (s[i][n] - margin) for n in negatives]
        values.append(log_sum([0.0] + [a + b for a in pull for b in push]))
    return per_count(values, anchors)

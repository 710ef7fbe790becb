"""Retrieval metrics by definition: exact rational distances, and every order of tied items written out.

Nothing here is shared with the package. Distances are squared sums of `Fraction`s, so two of them are equal exactly if
the true distances are. A metric of a query is the plain mean over all orders of its tied items, one order at a time.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction


def squared_distance(a: Sequence[float], b: Sequence[float]) -> Fraction:
    total = Fraction(0)
    for x, y in zip(a, b, strict=True):
        total += (Fraction(float(x)) - Fraction(float(y))) ** 2
    return total


def orders(distances: list[Fraction], relevant: list[bool]) -> Iterator[list[bool]]:
    """Yield `relevant` in every order that sorts `distances`, items being told apart by relevance only.

    Of s tied items with h relevant, each of the C(s, h) patterns stands for h! (s − h)! orders: all weigh alike.
    """
    groups = []
    for distance in sorted(set(distances)):
        tied = [r for d, r in zip(distances, relevant, strict=True) if d == distance]
        chosen = itertools.combinations(range(len(tied)), sum(tied))
        groups.append([[i in places for i in range(len(tied))] for places in chosen])
    for choice in itertools.product(*groups):
        yield [r for group in choice for r in group]


def recall_at_k(ranked: list[bool], k: int) -> Fraction:
    return Fraction(int(any(ranked[:k])))


def r_precision(ranked: list[bool]) -> Fraction:
    total = sum(ranked)
    return Fraction(sum(ranked[:total]), total)


def map_at_r(ranked: list[bool]) -> Fraction:
    total = sum(ranked)
    score = Fraction(0)
    for i in range(1, total + 1):
        if ranked[i - 1]:
            score += Fraction(sum(ranked[:i]), i)
    return score / total


def average_precision(ranked: list[bool]) -> Fraction:
    hits = [i for i, relevant in enumerate(ranked, 1) if relevant]
    return sum((Fraction(found, i) for found, i in enumerate(hits, 1)), Fraction(0)) / len(hits)


def precision_at_k(ranked: list[bool], k: int) -> Fraction:
    return Fraction(sum(ranked[:k]), k)


def reciprocal_rank(ranked: list[bool]) -> Fraction:
    return Fraction(1, ranked.index(True) + 1)


def mean_over_orders(
    metric: Callable[[list[bool]], Fraction], distances: list[Fraction], relevant: list[bool]
) -> Fraction:
    scores = [metric(ranked) for ranked in orders(distances, relevant)]
    return sum(scores, Fraction(0)) / len(scores)


def report(embeddings: Sequence[Sequence[float]], labels: Sequence[object], k: int) -> dict[str, float]:
    """Score every point against all others; points without another of their label are counted in `total` only."""
    recalls, precisions, maps = [], [], []
    for i, (a, label) in enumerate(zip(embeddings, labels, strict=True)):
        others = [j for j in range(len(labels)) if j != i]
        relevant = [labels[j] == label for j in others]
        if not any(relevant):
            continue
        distances = [squared_distance(a, embeddings[j]) for j in others]
        recalls.append(mean_over_orders(lambda ranked: recall_at_k(ranked, k), distances, relevant))
        precisions.append(mean_over_orders(r_precision, distances, relevant))
        maps.append(mean_over_orders(map_at_r, distances, relevant))
    scored = len(maps)

    def mean(values: list[Fraction]) -> float:
        return float(sum(values, Fraction(0)) / scored) if scored else math.nan

    return {
        f"recall_at_{k}": mean(recalls),
        "r_precision": mean(precisions),
        "map_at_r": mean(maps),
        "scored": scored,
        "total": len(labels),
    }

"""Few-shot classification: new classes from few samples of each, over many random episodes."""

import dataclasses
import math
import statistics
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import open_fraction, whole_number
from semihard._core.embeddings import checked_embeddings
from semihard._core.labels import encode_labels, label_array
from semihard.evaluation._estimates import Estimate, interval_in_words


@dataclasses.dataclass(frozen=True)
class FewShot:
    """Accuracy of N-way K-shot classification by the nearest prototype; `print` it.

    Attributes:
        accuracy: `Estimate`, the mean over episodes, with the interval of that mean. It says how well these classes are
            told apart, more exactly the more episodes there are; nothing about other classes.
        ways, shots, queries: N classes an episode, K samples of each to learn from, and how many of each to classify.
        episodes: how many.
        classes: how many classes have enough samples, of which those of an episode are drawn.
        confidence: of the interval.
    """

    accuracy: Estimate
    ways: int
    shots: int
    queries: int
    episodes: int
    classes: int
    confidence: float

    def __str__(self) -> str:
        return (
            f"{self.ways}-way {self.shots}-shot accuracy {self.accuracy.value:.4f} "
            f"({interval_in_words(self.accuracy, self.confidence, '.4f')}; chance {1 / self.ways:.4f}): "
            f"{self.episodes:,} episodes of {self.queries} queries a class, drawn from {self.classes:,} classes"
        )


def few_shot(
    embeddings: Any,
    labels: Any,
    *,
    ways: int = 5,
    shots: int = 1,
    queries: int = 15,
    episodes: int = 600,
    confidence: float = 0.95,
    seed: int = 0,
) -> FewShot:
    """Draw N classes, K samples of each as their prototypes' support, and classify others of them; many times.

    An episode draws `ways` classes, `shots` samples of each to learn from and `queries` others, without replacement.
    A query gets the class whose prototype, the mean of its shots, is the nearest by Euclidean distance; where m tie,
    each is right one time in m.

    Args:
        embeddings: real [n, dim], finite; of classes that the model was not trained on.
        labels: [n], as in `semihard.evaluate`.
        ways: N, at least 2.
        shots: K, at least 1.
        queries: of each class, at least 1. Classes of fewer than `shots + queries` samples do not take part.
        episodes: at least 1; from 2 on there is an interval.
        confidence: of the interval, between 0 and 1.
        seed: of all draws. The same data in another order are other draws; other names of the classes are not.

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim], labels of another length, numbers
            out of their range, or fewer than `ways` classes with enough samples.

    Example:
        >>> points = np.repeat([[0.0], [5.0], [9.0]], 4, axis=0)
        >>> print(few_shot(points, list("aaaabbbbcccc"), ways=3, queries=3, episodes=20))
        3-way 1-shot accuracy 1.0000 (95 %: 1.0000 to 1.0000; chance 0.3333): 20 episodes of 3 queries a class, drawn \
from 3 classes

    Source:
        Snell, Swersky, Zemel 2017, "Prototypical networks for few-shot learning", §2 and §3.1. Mean over 600 episodes
        of 15 queries a class, with a normal interval: Chen et al. 2019, "A closer look at few-shot classification", §4.
    """
    ways, shots = whole_number("ways", ways, 2), whole_number("shots", shots, 1)
    queries, episodes = whole_number("queries", queries, 1), whole_number("episodes", episodes, 1)
    confidence, seed = open_fraction("confidence", confidence), whole_number("seed", seed, 0)
    points = checked_embeddings("embeddings", embeddings)
    # Numbered as they appear, so that their names decide nothing.
    codes = encode_labels(label_array("labels", labels, len(points)).tolist())[0]
    counts = np.bincount(codes)
    enough = np.flatnonzero(counts >= shots + queries)
    if len(enough) < ways:
        raise ValueError(
            f"Expected at least {ways} classes of {shots + queries} samples, for `shots` and `queries`. Received: "
            f"{len(enough)} of {len(counts)} classes have as many, the largest {counts.max()}. Take fewer `queries`."
        )
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
    scores = np.empty(episodes)
    for episode in range(episodes):
        rng = np.random.default_rng([seed, episode])
        drawn = [
            rng.choice(members[one], shots + queries, replace=False) for one in rng.choice(enough, ways, replace=False)
        ]
        scores[episode] = _accuracy(points[np.stack(drawn)].astype(np.float64), shots)
    return FewShot(_mean(scores, confidence), ways, shots, queries, episodes, len(enough), confidence)


def _accuracy(samples: NDArray[np.float64], shots: int) -> float:
    """The share of right answers of an episode: samples [ways, shots + queries, dim], the shots first."""
    means = samples[:, :shots].mean(axis=1)
    queries = samples[:, shots:]
    # One prototype at a time, so that long vectors need no more memory than the samples have.
    squared = np.stack([np.square(queries - mean).sum(axis=2) for mean in means], axis=2)
    nearest = squared == squared.min(axis=2, keepdims=True)
    own = np.diagonal(nearest, axis1=0, axis2=2)
    return float((own / nearest.sum(axis=2).T).mean())


def _mean(scores: NDArray[np.float64], confidence: float) -> Estimate:
    mean = math.fsum(scores) / len(scores)
    if len(scores) < 2:
        return Estimate(mean)
    reach = statistics.NormalDist().inv_cdf((1 + confidence) / 2) * float(scores.std(ddof=1)) / math.sqrt(len(scores))
    return Estimate(mean, (max(mean - reach, 0.0), min(mean + reach, 1.0)))

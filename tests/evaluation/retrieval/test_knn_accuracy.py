"""k-NN accuracy against loops in exact numbers and scikit-learn, with ties, copies, and classes that stand alone."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.neighbors import KNeighborsClassifier

from semihard.evaluation import evaluate, knn_accuracy, score_queries
from tests.oracles.retrieval import squared_distance

sets = st.integers(2, 10).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, (n, 2), elements=st.integers(0, 2)), hnp.arrays(np.int64, n, elements=st.integers(0, 3))
    )
)


def naive(points, labels, k):
    """Each query's chance to be classified right; None for the only one of its class."""
    scores = []
    for i, label in enumerate(labels):
        others = [j for j in range(len(labels)) if j != i]
        if label not in [labels[j] for j in others]:
            scores.append(None)
            continue
        distances = sorted(squared_distance(points[i], points[j]) for j in others)
        reach = distances[min(k, len(distances)) - 1]
        votes = Counter(labels[j] for j in others if squared_distance(points[i], points[j]) <= reach)
        winners = [name for name, count in votes.items() if count == max(votes.values())]
        scores.append(Fraction(int(label in winners), len(winners)))
    return scores


@settings(deadline=None, max_examples=60)
@given(sets, st.integers(1, 12), st.randoms(use_true_random=False))
def test_equals_a_loop_whatever_the_order_and_the_names(data, k, random):
    points, labels = data
    expected = naive(points, labels.tolist(), k)
    found = score_queries(points, labels, ks=[k], measures=["knn_accuracy"]).knn_accuracy[k]
    np.testing.assert_allclose(found, [np.nan if score is None else float(score) for score in expected], rtol=1e-15)
    some = [score for score in expected if score is not None]
    order = random.sample(range(len(labels)), len(labels))
    renamed = np.array(["d", "a", "c", "b"])[labels][order]
    value = knn_accuracy(points[order], renamed, k=k, resamples=0).value
    assert value == pytest.approx(float(sum(some) / len(some)), abs=1e-12) if some else math.isnan(value)


@pytest.mark.parametrize("k", [1, 4, 9])
def test_scikit_learn_classifies_as_many_right(k):
    """A gallery apart. Of classes with as many votes scikit-learn takes the first; here each is right in its share."""
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    points = rng.normal(size=(300, 5)) + 0.7 * labels[:, None]
    model = KNeighborsClassifier(k).fit(points[:200], labels[:200])
    shares = model.predict_proba(points[200:])
    own = shares[np.arange(100), labels[200:]]
    winners = shares == shares.max(axis=1, keepdims=True)
    expected = np.where(own == shares.max(axis=1), 1 / winners.sum(axis=1), 0)
    scores = score_queries(
        points[200:], labels[200:], gallery=points[:200], gallery_labels=labels[:200], ks=[k], measures=["knn_accuracy"]
    )
    np.testing.assert_allclose(scores.knn_accuracy[k], expected)
    clear = winners.sum(axis=1) == 1
    right = model.predict(points[200:]) == labels[200:]
    np.testing.assert_array_equal(scores.knn_accuracy[k][clear] == 1, right[clear])


def test_one_neighbor_is_recall_at_1_and_one_search_gives_several():
    rng = np.random.default_rng(1)
    labels = np.arange(120) % 6
    points = rng.normal(size=(120, 4)) + rng.normal(size=(6, 4))[labels]
    report = evaluate(points, labels, ks=[1, 5, 20], measures=["recall_at", "knn_accuracy"])
    assert report.figures["knn_accuracy_1"] == report.figures["recall_at_1"]
    assert report.figures["knn_accuracy_20"].value > report.figures["knn_accuracy_1"].value
    assert report.figures["knn_accuracy_5"] == knn_accuracy(points, labels, k=5)
    assert report.macro["knn_accuracy_5"].interval is not None
    assert "5-NN accuracy" in str(report)
    assert "knn_accuracy_1" not in evaluate(points, labels).figures


def test_a_sample_does_not_vote_for_itself_by_its_id():
    """Two places with the labels 0 and 1: half right with themselves; without, 0 is alone, and 1 is called 0."""
    points, labels = np.repeat(np.eye(3), 2, axis=0), [0, 1, 1, 1, 2, 2]
    options = {"gallery": points, "gallery_labels": labels, "k": 1, "resamples": 0}
    assert knn_accuracy(points, labels, **options).value == pytest.approx(5 / 6)
    ids = np.arange(6)
    assert knn_accuracy(points, labels, **options, ids=ids, gallery_ids=ids).value == pytest.approx(4 / 5)


def test_wrong_arguments_raise():
    with pytest.raises(ValueError, match="`k` to be at least 1"):
        knn_accuracy(np.eye(2), [0, 0], k=0)
    with pytest.raises(ValueError, match="knn_accuracy"):
        evaluate(np.eye(2), [0, 0], measures=["knn"])

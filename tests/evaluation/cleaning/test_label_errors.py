"""Labels that neighbors contradict: against loops in exact numbers, scikit-learn, and noise that was put in."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.neighbors import KNeighborsClassifier

from semihard.evaluation import label_errors
from tests.oracles.retrieval import squared_distance

sets = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float32, (n, 2), elements=st.integers(-2, 2).map(lambda i: i / 4)),
        hnp.arrays(np.int64, n, elements=st.integers(0, 2)),
    )
)


def naive(points, labels, k):
    """Margin of each sample as a fraction, None where it is not judged; its votes; and the threshold."""
    margins, votes = [], []
    for i, label in enumerate(labels):
        others = [j for j in range(len(labels)) if j != i]
        judges = min(k, sum(labels[j] == label for j in others))
        if not judges:
            margins.append(None)
            votes.append(Counter())
            continue
        distances = sorted(squared_distance(points[i], points[j]) for j in others)
        reach = distances[judges - 1]
        found = Counter(labels[j] for j in others if squared_distance(points[i], points[j]) <= reach)
        most = max((count for name, count in found.items() if name != label), default=0)
        margins.append(Fraction(found[label] - most, sum(found.values())))
        votes.append(found)
    agreeing = [margin for margin in margins if margin is not None and margin >= 0]
    threshold = -sum(agreeing, Fraction(0)) / len(agreeing) / 2 if agreeing else None
    return margins, votes, threshold


@settings(deadline=None, max_examples=60)
@given(sets, st.integers(1, 5), st.sampled_from([1, 2**25]))
def test_equals_a_loop(data, k, memory):
    points, labels = data
    found = label_errors(points, labels, k=k, memory=memory)
    margins, votes, threshold = naive(points, labels.tolist(), k)
    expected = [np.nan if margin is None else float(margin) for margin in margins]
    np.testing.assert_allclose(found.margins, expected, rtol=1e-15)
    assert found.judged == sum(margin is not None for margin in margins)
    assert found.threshold == pytest.approx(np.nan if threshold is None else float(threshold), abs=1e-12, nan_ok=True)
    limit = -2 if threshold is None else threshold - Fraction(1, 10**9)
    clear = [i for i, margin in enumerate(margins) if margin is not None and margin < limit]
    assert set(clear) <= set(found.samples.tolist())
    assert len(found) <= len(clear) + sum(m == threshold for m in margins)
    for i, suggested, against, voters in zip(found.samples, found.suggested, found.against, found.voters, strict=True):
        others = {name: count for name, count in votes[i].items() if name != labels[i]}
        assert others[suggested] == max(others.values())
        assert (against, voters) == (sum(others.values()), sum(votes[i].values()))


def test_margins_are_those_of_scikit_learns_shares():
    """Of every sample in turn, fitted to all others; no ties, and more than k others of each class."""
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    points = rng.normal(size=(90, 4)) + 0.8 * labels[:, None]
    found = label_errors(points, labels, k=7)
    for i in range(90):
        rest = np.arange(90) != i
        shares = KNeighborsClassifier(7).fit(points[rest], labels[rest]).predict_proba(points[i : i + 1])[0]
        own, others = shares[labels[i]], np.delete(shares, labels[i])
        assert found.margins[i] == pytest.approx(own - others.max(), abs=1e-12)
    assert len(found) > 5


@settings(deadline=None, max_examples=40)
@given(sets, st.randoms(use_true_random=False))
def test_order_and_names_change_nothing(data, random):
    points, labels = data
    order = np.array(random.sample(range(len(labels)), len(labels)))
    one = label_errors(points, labels, k=3)
    other = label_errors(points[order], np.array(["x", "b", "m"])[labels][order], k=3)
    np.testing.assert_array_equal(other.margins, one.margins[order])
    assert other.threshold == one.threshold or np.isnan(one.threshold)
    assert set(order[other.samples].tolist()) == set(one.samples.tolist())


@pytest.mark.parametrize(("noise", "precision", "recall"), [(0.02, 0.75, 0.95), (0.1, 0.95, 0.95), (0.3, 0.95, 0.9)])
def test_wrong_labels_that_were_put_in_are_found(noise, precision, recall):
    """Twenty classes of sixty whose edges meet; a share of the labels is another. What else is flagged lies there."""
    rng = np.random.default_rng(1)
    labels = np.arange(20).repeat(60)
    points = 3 * rng.normal(size=(20, 8))[labels] + rng.normal(size=(1200, 8))
    wrong = rng.random(1200) < noise
    given_ = np.where(wrong, (labels + rng.integers(1, 20, 1200)) % 20, labels)
    found = label_errors(points, given_)
    hits = wrong[found.samples]
    assert hits.mean() >= precision
    assert hits.sum() >= recall * wrong.sum()
    assert (found.suggested[hits] == labels[found.samples[hits]]).mean() > 0.98
    assert (found.given == given_[found.samples]).all()


def test_a_copy_under_another_label_is_found():
    points = np.concatenate([np.random.default_rng(0).normal(size=(10, 3)), np.full((9, 3), 7.0)])
    labels = ["a"] * 10 + ["b"] * 8 + ["a"]
    found = label_errors(points, labels, k=4)
    assert found.samples.tolist() == [18]
    assert (found.given.tolist(), found.suggested.tolist(), found.against.tolist()) == (["a"], ["b"], [8])


def test_what_cannot_be_judged():
    """Labels that occur once are not judged; where no neighbor agrees, nothing tells a wrong label from a right one."""
    alone = label_errors(np.eye(3), [1, 2, 3])
    assert (len(alone), alone.judged, alone.total) == (0, 0, 3)
    assert np.isnan(alone.agreement)
    assert "nothing to judge" in str(alone)
    opposed = label_errors([[0.0], [0.1], [9.0], [9.1]], [0, 1, 0, 1])
    assert (len(opposed), opposed.agreement) == (0, 0.0)
    assert "look at the embeddings before the labels" in str(opposed)


def test_print_says_what_was_found():
    points = [[0.0], [0.1], [0.2], [5.0], [5.1], [5.2], [5.3]]
    text = str(label_errors(points, ["a", "a", "a", "b", "b", "b", "a"], k=2))
    assert text.splitlines()[0] == "1 of 7 labels look wrong: 14.29%. The neighbors agree with 85.7%."
    assert text.splitlines()[2].split() == ["6", "a", "b", "2", "of", "2"]


def test_progress_and_wrong_arguments():
    seen = []
    label_errors(np.random.default_rng(0).normal(size=(50, 2)), np.arange(50) % 5, progress=lambda *at: seen.append(at))
    assert seen[-1] == (50, 50)
    with pytest.raises(ValueError, match="`k` to be at least 1"):
        label_errors(np.eye(2), [0, 0], k=0)
    with pytest.raises(ValueError, match=r"`labels` to be \[2\]"):
        label_errors(np.eye(2), [0])

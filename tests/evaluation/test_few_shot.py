"""Few-shot accuracy: scikit-learn on the same draws, known answers, and what its interval covers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestCentroid

from semihard.evaluation import few_shot

LABELS = np.repeat(np.arange(12), 9)
RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(12, 6))[LABELS] + 0.8 * RNG.normal(size=(108, 6))


@pytest.mark.parametrize(("ways", "shots", "queries"), [(5, 1, 4), (3, 5, 4), (12, 2, 7)])
def test_scikit_learn_classifies_as_many_right(ways, shots, queries):
    """Each episode again, by its nearest centroid: the draws are a function of seed and episode."""
    found = few_shot(POINTS, LABELS, ways=ways, shots=shots, queries=queries, episodes=30, seed=7)
    scores = []
    for episode in range(30):
        rng = np.random.default_rng([7, episode])
        classes = rng.choice(12, ways, replace=False)
        drawn = [rng.choice(np.flatnonzero(one == LABELS), shots + queries, replace=False) for one in classes]
        model = NearestCentroid().fit(
            POINTS[np.concatenate([rows[:shots] for rows in drawn])], np.repeat(classes, shots)
        )
        asked = np.concatenate([rows[shots:] for rows in drawn])
        scores.append((model.predict(POINTS[asked]) == LABELS[asked]).mean())
    assert found.accuracy.value == pytest.approx(np.mean(scores), abs=1e-12)
    reach = 1.959964 * np.std(scores, ddof=1) / np.sqrt(30)
    assert found.accuracy.interval == pytest.approx((np.mean(scores) - reach, np.mean(scores) + reach), abs=1e-6)
    assert found.classes == 12


def test_known_answers():
    """Apart: all right. Collapsed, or two classes at one place: ties, of which each class gets its share."""
    apart = np.arange(12.0)[LABELS][:, None]
    assert few_shot(apart, LABELS, queries=4, episodes=9).accuracy.value == 1.0
    collapsed = few_shot(np.full((108, 2), 0.1), LABELS, ways=4, queries=4, episodes=9)
    assert (collapsed.accuracy.value, collapsed.accuracy.interval) == (0.25, (0.25, 0.25))
    half = few_shot(np.array([0.0, 0.0, 5.0])[LABELS // 4][:, None], LABELS // 4, ways=3, queries=4, episodes=9)
    assert half.accuracy.value == pytest.approx(2 / 3)


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(12)), st.integers(0, 5))
def test_names_change_nothing_and_neither_does_a_shift_of_all(names, seed):
    options = {"queries": 4, "episodes": 5, "seed": seed}
    expected = few_shot(POINTS, LABELS, **options)
    assert few_shot(POINTS, np.array(names)[LABELS], **options) == expected
    assert few_shot(POINTS, [f"class {names[label]}" for label in LABELS], **options) == expected
    assert few_shot(POINTS + 4.0, LABELS, **options).accuracy.value == pytest.approx(expected.accuracy.value)


def test_more_shots_help_and_more_ways_are_harder():
    one = few_shot(POINTS, LABELS, queries=4).accuracy
    assert few_shot(POINTS, LABELS, shots=5, queries=4).accuracy.interval[0] > one.interval[1]
    assert few_shot(POINTS, LABELS, ways=10, queries=4).accuracy.interval[1] < one.interval[0]


def test_the_interval_covers_the_mean_of_all_episodes():
    """Of 100 seeds about 95: between 88 and 100 with a probability of 0.998."""
    truth = few_shot(POINTS, LABELS, ways=3, queries=3, episodes=4000, seed=99).accuracy.value
    found = [few_shot(POINTS, LABELS, ways=3, queries=3, episodes=40, seed=seed).accuracy for seed in range(100)]
    assert 88 <= sum(low <= truth <= high for low, high in (figure.interval for figure in found)) <= 100
    assert few_shot(POINTS, LABELS, queries=4, episodes=1).accuracy.interval is None


def test_classes_of_few_samples_do_not_take_part():
    labels = np.where(LABELS == 3, 4, LABELS)  # one has 18, one has none
    labels[labels == 5] = np.arange(100, 109)
    found = few_shot(POINTS, labels, ways=2, queries=5, episodes=3)
    assert found.classes == 10
    assert "drawn from 10 classes" in str(found)
    assert "2-way 1-shot accuracy 0." in str(found)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"ways": 1}, ValueError, "`ways` to be at least 2"),
        ({"shots": 0}, ValueError, "`shots` to be at least 1"),
        ({"queries": 0}, ValueError, "`queries` to be at least 1"),
        ({"episodes": 0}, ValueError, "`episodes` to be at least 1"),
        ({"confidence": 1.0}, ValueError, "`confidence` to lie between"),
        ({"queries": 9}, ValueError, "at least 5 classes of 10 samples.*0 of 12 classes.*the largest 9"),
        ({"ways": 13, "queries": 3}, ValueError, "12 of 12 classes have as many"),
        ({"shots": 1.5}, TypeError, "`shots` to be a whole number"),
    ],
)
def test_wrong_arguments_raise(options, error, message):
    with pytest.raises(error, match=message):
        few_shot(POINTS, LABELS, **options)

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.data import split_classes, split_samples

LABELS = st.lists(st.integers(0, 8), min_size=2, max_size=80)
FRACTIONS = st.floats(0.01, 0.99)


@settings(max_examples=60, deadline=None)
@given(LABELS, FRACTIONS, st.integers(0, 99))
def test_no_class_is_on_both_sides(labels, fraction, seed):
    labels = np.array(labels)
    classes = len(set(labels))
    if classes < 2:
        with pytest.raises(ValueError, match="two classes"):
            split_classes(labels, fraction, seed)
        return
    train, test = split_classes(labels, fraction, seed)
    assert sorted([*train, *test]) == list(range(len(labels)))
    assert not set(labels[train]) & set(labels[test])
    assert len(set(labels[test])) == min(max(round(classes * fraction), 1), classes - 1)


@settings(max_examples=60, deadline=None)
@given(LABELS, FRACTIONS, st.integers(0, 99))
def test_every_class_is_on_both_sides_in_proportion(labels, fraction, seed):
    labels = np.array(labels)
    train, test = split_samples(labels, fraction, seed)
    assert sorted([*train, *test]) == list(range(len(labels)))
    assert abs(len(test) - fraction * len(labels)) <= 1
    for label in set(labels):
        count = (labels == label).sum()
        assert abs((labels[test] == label).sum() - fraction * count) <= 1


@pytest.mark.parametrize("split", [split_classes, split_samples])
def test_the_seed_decides(split):
    labels = np.arange(40) % 20
    first, again, other = (split(labels, 0.5, seed)[1].tolist() for seed in (0, 0, 1))
    assert first == again != other


@pytest.mark.parametrize("split", [split_classes, split_samples])
@pytest.mark.parametrize(
    ("fraction", "error"), [(0, ValueError), (1, ValueError), (float("nan"), ValueError), ("0.5", TypeError)]
)
def test_wrong_fractions_raise(split, fraction, error):
    with pytest.raises(error, match="test_fraction"):
        split([0, 1], fraction)

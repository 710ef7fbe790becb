"""The nearest classes: those of a loop over all pairs of means, whatever they are called and however they come."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.evaluation import ClassCenters, nearest_classes


def naive(embeddings, codes, k):
    """From the definition, pair by pair, in float64."""
    count = codes.max() + 1
    means = [
        np.mean([row for row, code in zip(embeddings, codes, strict=True) if code == c], axis=0) for c in range(count)
    ]
    found = []
    for one in range(count):
        distances = sorted((np.linalg.norm(means[one] - means[other]), other) for other in range(count) if other != one)
        padded = distances + [(np.inf, -1)] * k
        found.append(padded[:k])
    return np.array(found).transpose(2, 0, 1)


@st.composite
def labelled(draw):
    """(embeddings, codes), every class with a sample at least, and no two means alike."""
    classes, dim = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    codes = np.array(draw(st.lists(st.integers(0, classes - 1), max_size=30)) + list(range(classes)))
    embeddings = np.random.default_rng(draw(st.integers(0, 10**6))).normal(size=(len(codes), dim))
    return embeddings, codes


@settings(max_examples=60, deadline=None)
@given(labelled(), st.integers(1, 10))
def test_they_are_those_of_a_loop(data, k):
    distances, numbers = nearest_classes(*data, k)
    expected_distances, expected_numbers = naive(*data, k)
    # The means are rounded to float32, which two that nearly coincide show.
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(numbers, expected_numbers)
    assert numbers.dtype == np.int32


@settings(max_examples=30, deadline=None)
@given(labelled(), st.integers(0, 99))
def test_other_names_and_another_order_give_the_same_classes(data, seed):
    embeddings, codes = data
    rng = np.random.default_rng(seed)
    names = np.array([f"class {number}" for number in rng.permutation(100)])
    order = rng.permutation(len(codes))
    expected = nearest_classes(embeddings, codes, 3)[1]
    found = nearest_classes(embeddings[order], names[codes[order]].tolist(), 3)[1]
    # Strings are numbered as they appear: which code stands for the number of each?
    appeared = np.array(list(dict.fromkeys(codes[order].tolist())))
    back = np.where(found < 0, -1, appeared[found])
    np.testing.assert_array_equal(back[np.argsort(appeared)], expected)


@settings(max_examples=30, deadline=None)
@given(labelled(), st.lists(st.integers(0, 39), max_size=4))
def test_a_few_at_a_time_are_all_together(data, cuts):
    embeddings, codes = data
    centers = ClassCenters(codes.max() + 1)
    for rows in np.split(np.arange(len(codes)), sorted(min(cut, len(codes)) for cut in cuts)):
        if len(rows):
            centers.add(embeddings[rows], codes[rows])
    np.testing.assert_array_equal(centers.nearest(3)[1], nearest_classes(embeddings, codes, 3)[1])


def test_what_is_equal_stands_in_the_order_of_the_numbers():
    distances, numbers = nearest_classes(np.zeros((6, 2)), [0, 1, 2, 0, 1, 2], k=2)
    assert numbers.tolist() == [[1, 2], [0, 2], [0, 1]]
    assert not distances.any()


@pytest.mark.parametrize(
    ("embeddings", "labels", "k", "error", "message"),
    [
        ([[0.0], [1.0]], [0], 1, ValueError, "2 embeddings, 1 labels"),
        ([[0.0], [np.nan]], [0, 1], 1, ValueError, "finite"),
        ([[0.0], [1.0]], [0, 1], 0, ValueError, "`k` to be at least 1"),
        ([[0.0], [1.0]], [0, None], 1, ValueError, "missing"),
    ],
)
def test_wrong_data_raise(embeddings, labels, k, error, message):
    with pytest.raises(error, match=message):
        nearest_classes(embeddings, labels, k)


def test_a_class_without_embeddings_is_told():
    centers = ClassCenters(3)
    centers.add([[0.0], [1.0]], [0, 2])
    with pytest.raises(ValueError, match="none of 1, as 1"):
        centers.nearest(1)
    with pytest.raises(ValueError, match="none of 2, as 0"):
        ClassCenters(2).nearest(1)

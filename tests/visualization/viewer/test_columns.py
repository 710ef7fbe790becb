"""Metadata as columns: which are numbers, the order of texts, and that every text comes back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard.visualization.viewer.columns import make_columns


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=1, max_size=20))
def test_any_labels_come_back(labels):
    (column,), place = make_columns(labels, len(labels))
    assert place == 0
    assert [column.text(i) for i in range(len(labels))] == labels
    assert len(column.values) == len(set(labels))


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1", "-2.5", "3e4"], [1, -2.5, 3e4]),
        ([1, 2.5, 3], [1, 2.5, 3]),
        (np.array([1, 2, 3], np.uint8), [1, 2, 3]),
        (["007", "1", "2"], None),  # a name: as a number it would lose its zeros
        (["1", "", "2"], None),
        (["1", "nan", "2"], None),
        (["1e999", "1", "2"], None),
        (["12345678901234567", "1", "2"], None),  # more digits than a float holds
        ([True, False, True], None),
        ([2**60, 1, 2], None),
        ([None, 1, 2], None),
    ],
)
def test_which_columns_are_numbers(cells, numbers):
    columns, _ = make_columns({"label": list("abc"), "other": cells}, 3)
    assert (columns[1].values is None) == (numbers is not None)
    if numbers is not None:
        np.testing.assert_array_equal(columns[1].data, numbers)


def test_labels_are_text_in_natural_order():
    (column,), _ = make_columns(["10", "9", "a10", "a9", "", 9], 6)
    assert column.values == ["", "9", "10", "a9", "a10"]
    assert column.data.tolist() == [2, 1, 4, 3, 0, 1]


@pytest.mark.parametrize("label", [None, "label", "kind"])
def test_the_column_of_the_labels(label):
    _, place = make_columns({"kind": [1, 2], "label": [3, 4]}, 2, label)
    assert place == (0 if label == "kind" else 1)


@pytest.mark.parametrize(
    ("metadata", "options", "error", "message"),
    [
        ({"a": [1, 2], "b": [1, 2]}, {}, ValueError, "column 'label'.*Found: a, b"),
        ({"label": [1, 2]}, {"label": "kind"}, ValueError, "column 'kind'.*Found: label"),
        ({}, {}, ValueError, "Found: none"),
        ([1, 2, 3], {}, ValueError, "so 2. Received: 3"),
        (np.zeros((2, 2)), {}, ValueError, r"shape \(2, 2\)"),
        ("ab", {}, TypeError, "one string"),
    ],
)
def test_what_is_no_metadata(metadata, options, error, message):
    with pytest.raises(error, match=message):
        make_columns(metadata, 2, **options)

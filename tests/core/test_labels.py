"""Labels of any kind: one meaning in every room. Tensors are in tests/test_labels_of_tensors.py."""

import itertools

import ml_dtypes
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard import encode_labels, evaluate
from semihard._core.labels import label_array, label_codes
from semihard.data import BatchPlan, preflight, split_classes
from semihard.evaluation import self_matches
from semihard.visualization import write_tsv

NAMES = ["cat", "dog", "cat", "cow"]
LABEL = st.one_of(st.text(), st.integers(), st.booleans(), st.tuples(st.integers()), st.floats(allow_nan=False))


@given(st.lists(LABEL))
def test_round_trip(labels):
    """Two labels are one class exactly where Python says that they are equal: 1 and "1" are two."""
    codes, classes = encode_labels(labels)
    assert codes.dtype == np.int32
    assert len(codes) == len(labels)
    assert all(classes[code] == label for code, label in zip(codes, labels, strict=True))
    assert sorted(set(codes.tolist())) == list(range(len(set(labels))))


@given(st.lists(LABEL), st.lists(LABEL))
def test_queries_and_gallery_share_their_numbers(left, right):
    try:
        found = label_codes(label_array("left", left), label_array("right", right))
    except TypeError as error:
        assert "text and numbers" in str(error)
        return
    numbers = [*found[0], *found[1]]
    for i, one in enumerate([*left, *right]):
        for j, other in enumerate([*left, *right]):
            assert (numbers[i] == numbers[j]) == (one == other)


def test_arrays_keep_their_type_and_large_integers_stay_apart():
    labels = np.array([2**53 + 1, 2**53, 2**53 + 1, -(2**62)])
    codes, classes = encode_labels(labels)
    assert codes.tolist() == [2, 1, 2, 0]
    assert classes.dtype == np.int64
    np.testing.assert_array_equal(classes[codes], labels)


@pytest.mark.parametrize("labels", [[2**63, -1, 2**63 + 1], [2**53 + 1, float(2**53), 2**53]])
def test_numbers_of_no_common_type_stay_apart(labels):
    """NumPy makes float64 of these, in which 2^63 and 2^63 + 1 are one."""
    codes, classes = encode_labels(labels)
    assert len(classes) == len(set(labels))
    for (code, label), (other, another) in itertools.combinations(zip(codes, labels, strict=True), 2):
        assert (code == other) == (label == another)


@pytest.mark.parametrize(
    "labels",
    [
        NAMES,
        tuple(NAMES),
        np.array(NAMES),
        np.array(NAMES, object),
        np.array(NAMES)[:, None],
        np.array([name.encode() for name in NAMES]),
        [name.encode() for name in NAMES],
        [[name] for name in NAMES],
        [np.array([name]) for name in NAMES],
        [np.str_(name) for name in NAMES],
        pd.Series(NAMES, index=[7, 3, 3, 1]),
        pd.Series(NAMES, dtype="string"),
        pd.Series(NAMES, dtype="string[pyarrow]"),
        pd.Series(NAMES, dtype=object),
        pd.Categorical(NAMES, categories=["dog", "cow", "cat", "unused"]),
        pd.Series(NAMES, dtype="category"),
        pd.DataFrame({"label": NAMES}),
        pd.Index(NAMES),
        [0, 1, 0, 2],
        pd.Series([0, 1, 0, 2], dtype="Int64"),
        np.array([0, 1, 0, 2], ml_dtypes.bfloat16),
        np.ma.masked_array([0, 1, 0, 2], mask=False),
        pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-01", "2026-01-03"]),
        [(0, "a"), (0, "b"), (0, "a"), (1, "a")],
        [1, "1", 1, "one"],
        [2**70, 2**70 + 1, 2**70, 5],
        [True, "True", True, 2.5],
    ],
    ids=lambda labels: f"{type(labels).__name__}-{getattr(labels, 'dtype', '')}",
)
def test_one_meaning_everywhere(labels, tmp_path):
    codes, classes = encode_labels(labels)
    again = np.array([np.flatnonzero(codes == code)[0] for code in codes])
    assert again.tolist() == [0, 1, 0, 3]
    assert len(classes) == 3
    assert preflight(labels, 2).classes == 3
    assert len(BatchPlan(labels, 2, 2, small_classes="repeat").classes) == 3
    train, test = split_classes(labels, 0.5)
    assert not set(codes[train]) & set(codes[test])
    report = evaluate([[0.0], [9.0], [1.0], [5.0]], labels, ks=[1], resamples=0)
    assert (report.scored, report.figures["recall_at_1"].value) == (2, 1.0)
    assert {(0, 0), (0, 2), (2, 0), (2, 2)} <= {
        *zip(*map(np.ndarray.tolist, self_matches(labels, labels)), strict=True)
    }
    meta = write_tsv(np.eye(4), labels, tmp_path)[1].read_text(encoding="utf-8").splitlines()
    assert meta[0] == meta[2]
    assert "[" not in meta[0]


@pytest.mark.parametrize(
    "labels",
    [
        ["a", None, "b", None],
        ["a", float("nan"), "b", float("nan")],
        np.array([0.0, np.nan, 1.0, np.nan]),
        pd.Series(["a", None, "b", pd.NA], dtype="string"),
        pd.Series([1, None, 2, None], dtype="Int64"),
        pd.Categorical(["a", None, "b", None]),
        pd.to_datetime(["2026-01-01", None, "2026-01-02", None]),
        pd.Series(["a", np.nan, "b", np.nan], dtype=object),
    ],
    ids=lambda labels: f"{type(labels).__name__}-{getattr(labels, 'dtype', '')}",
)
def test_missing_labels_are_named(labels):
    with pytest.raises(ValueError, match=r"missing.*place 1, 3 \(2 in all\)"):
        encode_labels(labels)


@pytest.mark.parametrize(
    ("labels", "error", "match"),
    [
        (np.ma.masked_array([1, 2, 3], mask=[0, 1, 0]), ValueError, "masked values. Received: 1"),
        (np.zeros((2, 2), int), ValueError, r"shape \(2, 2\).*argmax"),
        ([[1, 0], [0, 1]], ValueError, "argmax"),
        (np.array(3), ValueError, r"shape \(\)"),
        (3, TypeError, "int"),
        ("cat", TypeError, "Received: str"),
        ({"a": 1}, TypeError, "Received: dict"),
        ({1, 2}, TypeError, "Received: set"),
        (np.zeros(2, [("a", int)]), TypeError, "records"),
        ([{"a": 1}, {"a": 1}], TypeError, "hashed.*dict at place 0"),
        ([[1], [2, 3]], ValueError, "argmax"),
    ],
)
def test_what_is_no_labels(labels, error, match):
    with pytest.raises(error, match=match):
        encode_labels(labels)


def test_lengths():
    with pytest.raises(ValueError, match=r"`labels` to be \[3\] or \[3, 1\].*shape \(2,\)"):
        label_array("labels", ["a", "b"], 3)


def test_text_that_ends_in_a_nul_is_another_label():
    """NumPy's own strings drop it."""
    assert encode_labels(["a", "a\0"])[0].tolist() == [0, 1]


def test_bytes_that_are_no_text_stay_bytes():
    assert encode_labels([b"\xff", b"a"])[1].tolist() == [b"\xff", b"a"]

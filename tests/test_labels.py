import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard import encode_labels


@given(st.lists(st.one_of(st.text(), st.integers(), st.tuples(st.integers()))))
def test_round_trip(labels):
    codes, classes = encode_labels(labels)
    assert codes.dtype == np.int32
    assert classes[codes].tolist() == labels if labels else len(codes) == 0
    assert sorted(set(codes.tolist())) == list(range(len(classes)))


def test_arrays_keep_their_type_and_large_integers_stay_apart():
    labels = np.array([2**53 + 1, 2**53, 2**53 + 1, -(2**62)])
    codes, classes = encode_labels(labels)
    assert codes.tolist() == [2, 1, 2, 0]
    assert classes.dtype == np.int64
    np.testing.assert_array_equal(classes[codes], labels)


@pytest.mark.parametrize("labels", [[1.0, float("nan")], np.array([np.nan, 1.0])])
def test_nan_is_refused(labels):
    with pytest.raises(ValueError, match=r"NaN|nan"):
        encode_labels(labels)


def test_rank_is_checked():
    assert encode_labels(np.zeros((2, 1), int))[0].tolist() == [0, 0]
    with pytest.raises(ValueError, match=r"shape \(2, 2\).*argmax"):
        encode_labels(np.zeros((2, 2), int))

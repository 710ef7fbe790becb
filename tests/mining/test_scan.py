"""The scan over keys, against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard.mining import _scan

ROWS, COLUMNS, K = 3, 256, 7
KEYS = st.lists(st.integers(0, 9), min_size=ROWS * COLUMNS, max_size=ROWS * COLUMNS)
WANTED = st.lists(st.integers(-1, 10), min_size=ROWS * K, max_size=ROWS * K)


@pytest.mark.parametrize("at_once", [16, 3 * COLUMNS * 2, 2**23], ids=["one by one", "with a rest", "all"])
@settings(max_examples=10, deadline=None)
@given(keys=KEYS, wanted=WANTED)
def test_thresholds_are_taken_some_at_a_time(at_once, keys, wanted):
    """Keys of few values, so that there are ties and thresholds above all: 7 thresholds a row, 1, 2 or 7 at a time."""
    keys, wanted = np.array(keys, np.int32).reshape(ROWS, -1), np.array(wanted, np.int32).reshape(ROWS, -1)
    keys[:, 0] = _scan.LARGEST  # as the anchor itself has it
    above = np.where(keys[:, None] > wanted[..., None], keys[:, None], _scan.LARGEST).min(axis=2)
    equal = (keys[:, None] == wanted[..., None]).sum(axis=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_scan, "HELD_WITHOUT_LOOP", at_once if at_once == 2**23 else 0)
        patch.setattr(_scan, "HELD_AT_ONCE", at_once // _scan.UNROLLED)
        for function, expected in ((_scan.nearest_above, above), (_scan.count_equal, equal)):
            found = function(ops.convert_to_tensor(keys), ops.convert_to_tensor(wanted))
            np.testing.assert_array_equal(ops.convert_to_numpy(found), expected)


@pytest.mark.parametrize("looked_at_again", [0, 2**13], ids=["by pieces", "as a whole"])
@settings(max_examples=10, deadline=None)
@given(keys=KEYS, wanted=WANTED)
def test_places_above(looked_at_again, keys, wanted):
    """Nowhere is a place beyond the last column, where no key is above or only those that were added."""
    keys, wanted = np.array(keys, np.int32).reshape(ROWS, -1)[:, :200], np.array(wanted, np.int32).reshape(ROWS, -1)
    keys[:, 0] = _scan.LARGEST  # as the anchor itself has it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_scan, "LOOKED_AT_AGAIN", looked_at_again)
        padded = _scan.padded(ops.convert_to_tensor(keys))
        found = [ops.convert_to_numpy(x) for x in _scan.places_above(padded, ops.convert_to_tensor(wanted))]
    for row, thresholds in enumerate(wanted):
        for k, threshold in enumerate(thresholds):
            nearest, ties, first, last = (x[row, k] for x in found)
            above = keys[row, 1:][keys[row, 1:] > threshold]
            places = np.flatnonzero(keys[row] == above.min()) if len(above) else []
            assert nearest == (above.min() if len(above) else _scan.LARGEST)
            assert min(ties, 3) == min(len(places), 3)
            if len(places):
                assert (first, last) == (places[0], places[-1])
            else:
                assert (first, last) == (0, 0)

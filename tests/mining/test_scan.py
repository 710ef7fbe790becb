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
        patch.setattr(_scan, "HELD_AT_ONCE", at_once // _scan.UNROLLED)
        for function, expected in ((_scan.nearest_above, above), (_scan.count_equal, equal)):
            found = function(ops.convert_to_tensor(keys), ops.convert_to_tensor(wanted))
            np.testing.assert_array_equal(ops.convert_to_numpy(found), expected)

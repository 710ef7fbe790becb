"""The buffered shuffle: an order, within the buffer's reach, with the probabilities that follow from its definition."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard.workflows.tutorial._buffer_shuffle import buffer_shuffle


@given(st.integers(0, 300), st.integers(1, 400), st.integers(0, 99))
def test_each_once_and_never_earlier_than_the_buffer_allows(count, buffer, seed):
    order = buffer_shuffle(count, buffer, np.random.default_rng(seed))
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(count))
    assert (order <= np.arange(count) + buffer - 1).all()


@pytest.mark.parametrize(
    ("count", "buffer", "orders"),
    [(3, 1, ["012"]), (3, 2, ["012", "021", "102", "120"]), (3, 9, ["012", "021", "102", "120", "201", "210"])],
)
def test_probabilities(count, buffer, orders):
    """With a buffer of 2 of 3: first 0 or 1, then the one that stayed or 2: four orders, each with probability 1/4.

    4,000 draws; an order's count is binomial, so five deviations from its mean happen once in a million.
    """
    rng = np.random.default_rng(0)
    seen = Counter("".join(map(str, buffer_shuffle(count, buffer, rng))) for _ in range(4000))
    p = 1 / len(orders)
    assert sorted(seen) == orders
    assert all(abs(n - 4000 * p) <= 5 * np.sqrt(4000 * p * (1 - p)) for n in seen.values())


def test_errors():
    with pytest.raises(ValueError, match="`buffer` to be at least 1"):
        buffer_shuffle(3, 0, np.random.default_rng(0))

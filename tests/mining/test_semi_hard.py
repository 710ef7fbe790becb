"""Every way to search gives what the naive loop gives: ties, clusters, imbalance, singletons."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard import _backend
from semihard.losses.triplet import Hinge
from semihard.mining import semi_hard
from semihard.pairs import Pairs, classes_of
from tests.oracles.triplet import semi_hard as oracle


def pairs_of(distances, labels):
    labels = np.asarray(labels, np.int32)
    classes = classes_of(ops.convert_to_tensor(labels))
    order = np.asarray(classes.order)
    own = ops.arange(len(labels), dtype="int32")
    ordered = ops.convert_to_tensor(np.ascontiguousarray(distances[order][:, order]))
    return order, Pairs(ordered, classes.start, classes.stop, own)


# One shape for all examples, so that each way is compiled once.
BATCH = 12


@functools.cache
def program(way, row_minimum):
    function = semi_hard._by_scan if way == "scan" else semi_hard._by_sort
    return _backend.fused(function, positives=BATCH - 1, pay=Hinge(0.5), row_minimum=row_minimum)


@pytest.mark.parametrize("way", ["scan", "sort"])
@settings(max_examples=60, deadline=None)
@given(
    labels=st.lists(st.integers(0, 5), min_size=BATCH, max_size=BATCH),
    grid=st.lists(st.integers(-2, 6), min_size=BATCH * BATCH, max_size=BATCH * BATCH),
    scale=st.sampled_from([0.25, 1.0, 1e-3, 1e6]),
    addons=st.booleans(),
)
def test_every_way_is_the_naive_loop(way, labels, grid, scale, addons):
    """Distances on a small grid (negative ones too, as a callable may give) tie all the time."""
    distances = (np.array(grid, np.float32) * np.float32(scale)).reshape(BATCH, BATCH)
    order, pairs = pairs_of(distances, labels)
    cost, slopes = program(way, addons)(*pairs)
    expected_cost, expected_slopes, _ = oracle(distances, labels, 0.5, addons)
    np.testing.assert_allclose(np.asarray(cost), expected_cost[order], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.asarray(slopes), expected_slopes[order][:, order], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("batch,classes", [(70, 1), (70, 2), (96, 5), (300, 2), (300, 150)])
def test_the_chosen_way_is_exact_whatever_the_class_sizes(batch, classes):
    """Sizes on both sides of every threshold between the ways."""
    rng = np.random.default_rng(batch + classes)
    labels = rng.integers(0, classes, batch)
    distances = rng.integers(0, 200, (batch, batch)).astype(np.float32) / 64
    order, pairs = pairs_of(distances, labels)
    cost, slopes = semi_hard.pay_semi_hard(pairs, Hinge(0.5))
    expected_cost, expected_slopes, _ = oracle(distances, labels, 0.5)
    np.testing.assert_allclose(np.asarray(cost), expected_cost[order], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(np.asarray(slopes), expected_slopes[order][:, order], rtol=1e-5, atol=1e-5)

"""Every way to search gives what the naive loop gives, in one piece or in blocks: ties, clusters, singletons."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard import backend
from semihard import distances as metrics
from semihard.mining import _numpy_search, _on_host, _positives, blockwise, semi_hard
from semihard.mining._algorithms import Algorithm
from semihard.mining.blockwise import Blockwise
from semihard.mining.costs import hinge_and_slope
from semihard.mining.dense import Dense
from semihard.mining.pairs import classes_of
from semihard.mining.semi_hard import SemiHard
from tests.oracles import triplet as oracle
from tests.programs import compiled

# One shape for all examples, so that each way is compiled once.
BATCH = 12
WAYS = {
    "scan": Algorithm("scan", BATCH - 1),
    "scan, triplet by triplet": Algorithm("scan", BATCH - 1),
    "sort": Algorithm("sort", None),
    "sort, few at once": Algorithm("sort", None),
    "sort, known positives": Algorithm("sort", BATCH - 1),
    "what the backend would take": Algorithm("sort", None),
    "what the backend would take, in pieces": Algorithm("sort", None),
}
LABELS = st.lists(st.integers(0, 5), min_size=BATCH, max_size=BATCH)


@functools.cache
def forced(way, program):
    """The program compiled with this way, whatever it would choose; some numbers of it small enough to matter here."""

    def run(*inputs):
        with pytest.MonkeyPatch.context() as patch:
            for module in (blockwise, semi_hard):
                patch.setattr(module, "matrix_algorithms", lambda *_: [WAYS[way]])
            patch.setattr(blockwise, "triplet_algorithms", lambda *_: [WAYS[way]] if "triplet" in way else [])
            patch.setattr(_positives, "AT_ONCE", 4 if "few" in way else 256)
            if "backend" not in way:  # not NumPy's search on PyTorch
                patch.setattr(_on_host, "can_mine", lambda _: False)
            if "pieces" in way:
                patch.setattr(_numpy_search, "AT_ONCE", 3 * BATCH)
                patch.setattr(_numpy_search, "WORTH_THREADS", 1)
                patch.setattr(backend, "host_threads", lambda: 3)
            return program(*inputs)

    return compiled(run)


def of_distances(program, distances, labels, weights):
    """Cost and gradient by the distances, in the order of the batch."""
    classes = classes_of(ops.convert_to_tensor(np.asarray(labels, np.int32)))
    order = np.asarray(classes.order)
    ordered = ops.convert_to_tensor(np.ascontiguousarray(distances[order][:, order]))
    own = ops.arange(len(labels), dtype="int32")
    margin = ops.convert_to_tensor(np.float32(0.5))
    found = program(ordered, ops.convert_to_tensor(weights[order]), margin, classes.start, classes.stop, own)
    cost, slopes = (ops.convert_to_numpy(x) for x in found)
    back = np.argsort(order)
    return cost[back], slopes[back][:, back]


def inputs_of(x, weights, labels):
    codes = ops.convert_to_tensor(np.asarray(labels, np.int32))
    margin = np.float32(0.5)
    return *(ops.convert_to_tensor(a) for a in (x, weights, margin)), *classes_of(codes)


@pytest.mark.parametrize("way", [way for way in WAYS if "triplet" not in way])
@settings(max_examples=30, deadline=None)
@given(
    labels=LABELS,
    grid=st.lists(st.integers(-2, 6), min_size=BATCH * BATCH, max_size=BATCH * BATCH),
    scale=st.sampled_from([0.25, 1.0, 1e-3, 1e6]),
    addons=st.booleans(),
)
def test_every_way_is_the_naive_loop(way, labels, grid, scale, addons):
    """Distances on a small grid (negative ones too, as a callable may give) tie all the time."""
    distances = (np.array(grid, np.float32) * np.float32(scale)).reshape(BATCH, BATCH)
    program = forced(way, Dense(SemiHard(hinge_and_slope, addons)))
    cost, slopes = of_distances(program, distances, labels, np.ones(BATCH, np.float32))
    expected_cost, expected_slopes, _ = oracle.semi_hard(distances, labels, 0.5, addons)
    np.testing.assert_allclose(cost, expected_cost, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slopes, expected_slopes, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("block_size", [None, 5, 1])
@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=30, deadline=None)
@given(
    labels=LABELS,
    points=st.lists(st.integers(-2, 2), min_size=BATCH * 2, max_size=BATCH * 2),
    weights=st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=BATCH, max_size=BATCH),
    metric=st.sampled_from(["L2", "squared-L2"]),
    addons=st.booleans(),
)
def test_rows_in_one_piece_and_in_blocks(way, block_size, labels, points, weights, metric, addons):
    """Points of a small grid are full of duplicates and ties, and exact in float32."""
    x, weights = np.array(points, np.float32).reshape(BATCH, 2), np.array(weights, np.float32)
    program = forced(way, Blockwise(SemiHard(hinge_and_slope, addons), metrics.NAMES[metric], block_size=block_size))
    found = program(*inputs_of(x, weights, labels))
    cost, gradient = (ops.convert_to_numpy(a) for a in found)
    expected_cost, slopes, _ = oracle.semi_hard(oracle.distance_matrix(x, metric), labels, 0.5, addons)
    np.testing.assert_allclose(cost, expected_cost, rtol=1e-5, atol=1e-5)
    expected = oracle.gradient(x, weights[:, None] * slopes, metric)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("batch", "classes"), [(70, 1), (70, 2), (96, 5), (300, 2), (300, 150), (700, 2), (800, 400), (800, 270)]
)
def test_the_chosen_way_is_exact_whatever_the_class_sizes(batch, classes):
    """Sizes on both sides of every threshold between the ways."""
    rng = np.random.default_rng(batch + classes)
    labels = rng.integers(0, classes, batch).astype(np.int32)
    x = rng.integers(-4, 5, (batch, 3)).astype(np.float32)
    program = compiled(Blockwise(SemiHard(hinge_and_slope), metrics.SQUARED_EUCLIDEAN))
    found = program(*inputs_of(x, np.ones(batch, np.float32), labels))
    cost, gradient = (ops.convert_to_numpy(a) for a in found)
    expected_cost, slopes, _ = oracle.semi_hard(oracle.distance_matrix(x, "squared-L2"), labels, 0.5)
    np.testing.assert_allclose(cost, expected_cost, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(gradient, oracle.gradient(x, slopes, "squared-L2"), rtol=1e-4, atol=1e-2)

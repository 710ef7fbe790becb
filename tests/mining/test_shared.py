"""The first rows of a batch as its only anchors: values, and the pull at every row, are theirs of the whole batch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard import distances
from semihard._inputs import Shared
from semihard.mining import engine
from tests.programs import BACKEND, MODES, value_and_gradient

CHOICES = {
    "semi-hard": engine.Choices(),
    "addons": engine.Choices(fallback="row_minimum", average="addons_pairs"),
    "batch-hard": engine.Choices("hardest", "hardest", average=None, alone=True, finite=True),
    "soft": engine.Choices("hardest", "hardest", cost="softplus", average=None, alone=True),
    "all": engine.Choices(negatives="all", average="all"),
    "active": engine.Choices(negatives="hardest", cost="open_hinge", average="active"),
}

# Of float64 on PyTorch; elsewhere NumPy does not search anyway.
WITHOUT_NUMPY = pytest.mark.skipif(BACKEND != "torch", reason="shown on PyTorch")


def of_some(x, labels, anchors, choices, weights, metric="squared-L2", mode="eager", whole=False):
    """Values of the first rows, weighted, and their gradient; `whole`: all rows are anchors, and the others weigh 0."""
    codes, weights = ops.convert_to_tensor(labels), ops.convert_to_tensor(weights[:anchors])

    def values(x):
        shared = None if whole else Shared(anchors, len(labels))
        return engine.values_by_label(codes, x, 0.5, metric, choices, shared)[:anchors] * weights

    return value_and_gradient(values, x, mode)


def batch(rows, classes, dim=3):
    """Points of a small grid, full of duplicates and ties."""
    rng = np.random.default_rng(rows + classes)
    labels = rng.integers(0, classes, rows).astype("int32")
    return rng.integers(-3, 4, (rows, dim)).astype("float32"), labels, rng.uniform(0.5, 2.0, rows).astype("float32")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CHOICES)
def test_some_are_the_first_of_all(name, mode):
    x, labels, weights = batch(23, 5)
    found = of_some(x, labels, 9, CHOICES[name], weights, mode=mode)
    expected = of_some(x, labels, 9, CHOICES[name], weights, whole=True)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("rows", "classes", "anchors", "block_size", "dtype"),
    [
        (300, 2, 100, None, "float32"),
        pytest.param(300, 2, 100, 64, "float64", marks=WITHOUT_NUMPY),
        (800, 400, 130, 64, "float32"),
        (96, 30, 1, None, "float32"),
        pytest.param(96, 96, 96, None, "float64", marks=WITHOUT_NUMPY),
    ],
)
def test_every_way_to_search(rows, classes, anchors, block_size, dtype):
    """Sizes on both sides of the thresholds between them, one block and several; float64 is not searched by NumPy."""
    x, labels, weights = batch(rows, classes)
    choices = engine.Choices(block_size=block_size)
    x, weights = x.astype(dtype), weights.astype(dtype)
    found = of_some(x, labels, anchors, choices, weights)
    expected = of_some(x, labels, anchors, choices, weights, whole=True)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "metric", ["L2", "angular", lambda x: distances.squared_euclidean(x)], ids=["L2", "angular", "own"]
)
@pytest.mark.parametrize("name", ["semi-hard", "batch-hard"])
def test_every_distance(name, metric):
    x, labels, weights = batch(23, 5)
    found = of_some(x + 0.25, labels, 9, CHOICES[name], weights, metric)
    expected = of_some(x + 0.25, labels, 9, CHOICES[name], weights, metric, whole=True)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=12, max_size=12), st.sampled_from([0, 1, 7]))
def test_parts_of_a_batch_add_up_to_it(labels, cut):
    """What two replicas pull at a row is together what one device pulls; one of them may have no sample."""
    x, _, weights = batch(12, 4)
    labels = np.array(labels, "int32")
    whole_values, whole_gradient = of_some(x, labels, 12, CHOICES["semi-hard"], weights, whole=True)
    values, total = [], np.zeros_like(x)
    for order in (np.arange(12), np.roll(np.arange(12), -cut)):
        anchors = cut if order[0] == 0 and not values else 12 - cut
        found, gradient = of_some(x[order], labels[order], anchors, CHOICES["semi-hard"], weights[order])
        values.append(found)
        total[order] += gradient
    np.testing.assert_allclose(np.concatenate(values), whole_values, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(total, whole_gradient, rtol=1e-5, atol=1e-5)

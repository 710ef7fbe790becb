import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from semihard import distances
from tests.oracles.triplet import distance_matrix
from tests.oracles.triplet import gradient as gradient_of
from tests.programs import BACKEND, MODES, value_and_gradient

FUNCTIONS = distances.FUNCTIONS
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("metric", ["L2", "squared-L2", "angular"])
@pytest.mark.parametrize("offset", [0.0, 3.0])
def test_against_float64(metric, offset):
    x = RNG.normal(size=(20, 7)).astype(np.float32) + np.float32(offset)
    computed = ops.convert_to_numpy(FUNCTIONS[metric](x))
    np.testing.assert_allclose(computed, distance_matrix(x, metric), rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("metric", ["L2", "squared-L2", "angular"])
def test_gradient(metric, mode):
    """Each distance with a weight of its own, so that no error in one place makes up for that in another."""
    x, weights = RNG.normal(size=(12, 5)).astype(np.float32), RNG.normal(size=(12, 12)).astype(np.float32)
    tensor = ops.convert_to_tensor(weights)
    _, gradient = value_and_gradient(lambda x: ops.sum(tensor * FUNCTIONS[metric](x)), x, mode)
    np.testing.assert_allclose(gradient, gradient_of(x, weights, metric), rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has float64 only if the user asks for it")
@pytest.mark.parametrize("metric", ["L2", "squared-L2", "angular"])
def test_float64_stays_float64(metric):
    x = RNG.normal(size=(20, 7))
    computed = ops.convert_to_numpy(FUNCTIONS[metric](ops.convert_to_tensor(x)))
    assert computed.dtype == np.float64
    np.testing.assert_allclose(computed, distance_matrix(x, metric), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("metric", ["L2", "squared-L2"])
def test_far_from_the_origin(metric):
    """At an offset of 1e4 the uncentred |x|² + |y|² − 2xy has an error of 8 where the distances are about 4."""
    x = RNG.normal(size=(20, 7)).astype(np.float32) + np.float32(1e4)
    np.testing.assert_allclose(
        ops.convert_to_numpy(FUNCTIONS[metric](x)), distance_matrix(x, metric), rtol=1e-4, atol=1e-4
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-8, 8), min_size=30, max_size=30), st.sampled_from([0, 5, 1024]))
def test_a_grid_stays_exact(values, offset):
    x = (np.array(values, np.float32) + offset).reshape(10, 3)
    computed = ops.convert_to_numpy(distances.squared_euclidean(x))
    np.testing.assert_array_equal(computed, np.square(x[:, None] - x[None]).sum(-1))


@pytest.mark.parametrize("metric", ["L2", "squared-L2", "angular"])
@pytest.mark.parametrize("x", [np.zeros((4, 3)), np.ones((4, 3)), np.eye(4, 3)], ids=["zero", "same", "zero-row"])
def test_gradient_is_finite_where_distances_are_zero(metric, x):
    value, gradient = value_and_gradient(FUNCTIONS[metric], x.astype(np.float32))
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("metric", ["l2", "L1", 3, None])
def test_unknown_names_raise(metric):
    with pytest.raises(ValueError, match=r"'L2', 'squared-L2', 'angular'.*Received: distance_metric="):
        distances.get(metric)
    with pytest.raises(ValueError, match="Received: distance_metric="):
        distances.function(metric)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("metric", ["L2", "squared-L2"])
def test_gradient_of_few_anchors_among_many_rows(metric, mode):
    """A batch and a memory. Compiled by jaxlib 0.10.2 a gradient of this size has crashed, so it is summed directly:
    w · (x − y) / d, or 2 w · (x − y), drawn from both ends of a pair."""
    x, memory = RNG.normal(size=(16, 32)).astype(np.float32), RNG.normal(size=(4096, 32)).astype(np.float32)
    weights = RNG.normal(size=(16, 16 + 4096)).astype(np.float32)
    older, tensor = ops.convert_to_tensor(memory), ops.convert_to_tensor(weights)
    _, gradient = value_and_gradient(
        lambda x: ops.sum(tensor * FUNCTIONS[metric](ops.concatenate([x, older]), 16)), x, mode
    )
    between = x[:, None].astype(np.float64) - np.concatenate([x, memory])
    lengths = np.linalg.norm(between, axis=-1)
    slope = 1 / np.where(lengths == 0, np.inf, lengths) if metric == "L2" else 2.0
    pull = (weights * slope)[..., None] * between
    np.testing.assert_allclose(gradient, pull.sum(axis=1) - pull[:, :16].sum(axis=0), rtol=1e-4, atol=1e-2)

"""Tensors that a backend hands on in its own ways, and values at which a library beneath would warn."""

import warnings

import numpy as np
import pytest
from keras import ops

from semihard import losses
from semihard.distances import euclidean
from tests.oracles.triplet import semi_hard_loss
from tests.programs import BACKEND, to_numpy, value_and_gradient

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(12, 4)).astype(np.float32), np.arange(12) % 3
NAMES = ["triplet_semihard_loss", "triplet_hard_loss", "triplet_loss", "supervised_contrastive_loss"]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e38])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_finite_gives_nan_without_a_warning(name, bad):
    x = X.copy()
    x[0, 0] = bad
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        value, gradient = value_and_gradient(lambda x: getattr(losses, name)(Y, x), x)
    assert np.isnan(value)
    assert np.isnan(gradient).any()


def test_bfloat16_has_distances():
    """NumPy does not know it, so that it takes no way by NumPy; 8 bits of each number are kept."""
    found = to_numpy(euclidean(ops.cast(ops.convert_to_tensor(X), "bfloat16")))
    np.testing.assert_allclose(found, to_numpy(euclidean(X)), atol=0.1)


def test_many_ties_cost_no_digits():
    """A class of four among a thousand points of a small grid: hundreds of negatives share each slope."""
    x = RNG.integers(-2, 3, (1000, 3)).astype(np.float32)
    labels = np.arange(1000) // 4
    codes = ops.convert_to_tensor(labels.astype(np.int32))
    value, slope = value_and_gradient(
        lambda x: losses.triplet_semihard_loss(codes, x, 1.0, "squared-L2"), x, "jit" if BACKEND == "jax" else "eager"
    )
    true_value, true_slope = semi_hard_loss(x, labels, 1.0, "squared-L2")
    np.testing.assert_allclose(value, true_value, rtol=1e-5)
    np.testing.assert_allclose(slope, true_slope, rtol=2e-5, atol=2e-5 * np.abs(true_slope).max())


if BACKEND == "torch":
    import torch

    @pytest.mark.parametrize("name", ["supervised_contrastive_loss", "multi_similarity_loss"])
    def test_functional_transforms_see_through_a_loss(name):
        """The tensors of `torch.func` have no memory of their own, though they pass for plain ones."""
        loss = getattr(losses, name)
        labels = torch.from_numpy(Y)
        found = torch.func.grad(lambda x: loss(labels, x))(torch.from_numpy(X))
        np.testing.assert_allclose(found.numpy(), value_and_gradient(lambda x: loss(labels, x), X)[1], rtol=1e-5)

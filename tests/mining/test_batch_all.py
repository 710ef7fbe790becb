"""Sums over all triplets from one sort, against plain sums in float64, with more positives than one round takes."""

import numpy as np
import pytest
from keras import ops

from semihard.mining.batch_all import BatchAll
from semihard.mining.dense import Dense
from semihard.mining.pairs import MaskedPairs
from tests.oracles.triplet_loss import masks
from tests.programs import compiled, to_numpy

BATCH = 640
MARGIN = 0.125
LABELS = np.random.default_rng(1).choice(3, BATCH, p=[0.6, 0.3, 0.1])


def all_triplets(distances, negatives, closed):
    """Cost and slopes of every anchor."""
    cost, slopes = np.zeros(BATCH), np.zeros((BATCH, BATCH))
    positive, negative = masks(LABELS)
    for anchor, row in enumerate(distances.astype(np.float64)):
        ours, others = np.flatnonzero(positive[anchor]), np.flatnonzero(negative[anchor])
        farther = row[others][None, :] - row[ours][:, None]
        excess = MARGIN - farther
        chosen = {"all": True, "all_hard": farther <= 0, "all_semi_hard": (farther > 0) & (excess > 0)}[negatives]
        active = chosen & ((excess >= 0) if closed else (excess > 0))
        cost[anchor] = (excess * active).sum()
        slopes[anchor, ours], slopes[anchor, others] = active.sum(1), -active.sum(0)
    return cost, slopes


@pytest.mark.parametrize("negatives", ["all", "all_semi_hard", "all_hard"])
@pytest.mark.parametrize(("kind", "closed"), [("near 100", True), ("near 0", True), ("of a grid", False)])
def test_sums_are_good_to_the_last_digits(negatives, kind, closed):
    """Distances of at most 23 bits and a margin of a power of two: only the sums are rounded.

    Near 100 the plain sums along a row reach 64,000, where the last digit of float32 is 0.004.
    """
    rng = np.random.default_rng(2)
    distances = {
        "near 100": np.round((100 + 0.1 * rng.normal(size=(BATCH, BATCH))) * 2**16) / 2**16,
        "near 0": np.round(rng.random((BATCH, BATCH)) * 2**20) / 2**20,
        "of a grid": rng.integers(-8, 9, (BATCH, BATCH)) / 8,
    }[kind].astype(np.float32)
    program = compiled(Dense(BatchAll(negatives, closed), MaskedPairs))
    inputs = distances, np.ones(BATCH, np.float32), np.float32(MARGIN), *masks(LABELS)
    cost, slopes = (to_numpy(x) for x in program(*(ops.convert_to_tensor(x) for x in inputs)))
    true_cost, true_slopes = all_triplets(distances, negatives, closed)
    np.testing.assert_allclose(cost, true_cost, rtol=2e-6)
    np.testing.assert_array_equal(slopes, true_slopes)

"""The losses that docs/migration.md names beside those of sentence-transformers, against what these returned."""

from pathlib import Path

import numpy as np
import pytest

from semihard import losses
from semihard.relations import GivenPairs

RECORDED = dict(np.load(Path(__file__).parents[1] / "fixtures" / "sentence_transformers.npz"))
X, Y, SAME = (RECORDED.pop(name) for name in ("x", "y", "same"))
ANCHORS, POSITIVES, _ = np.split(X, 3)
# Row i is an anchor, i + 4 its positive, i + 8 its negative.
TRIPLETS = np.eye(12, k=4, dtype=int) - np.eye(12, k=8, dtype=int)
TRIPLETS[4:] = 0
NUMBERS = np.arange(4)

OURS = {
    "semi_hard": lambda: losses.TripletSemiHardLoss(0.3)(Y, X),
    "hard": lambda: losses.TripletHardLoss(0.3)(Y, X),
    "hard_soft": lambda: losses.TripletHardLoss(soft=True)(Y, X),
    "all": lambda: losses.TripletLoss(0.3, negatives="all", average="active")(Y, X),
    "triplets": lambda: losses.TripletLoss(0.3, negatives="all", relation=GivenPairs())(TRIPLETS, X),
    "pairs": lambda: losses.ContrastiveLoss(margin=0.5)(SAME, 1 - (ANCHORS * POSITIVES).sum(axis=1)) / 2,
    "ranking": lambda: losses.NpairsLoss()(NUMBERS, 20 * ANCHORS @ POSITIVES.T),
    "ranking_both_ways": lambda: (
        losses.NpairsLoss()(NUMBERS, 20 * ANCHORS @ POSITIVES.T) / 2
        + losses.NpairsLoss()(NUMBERS, 20 * POSITIVES @ ANCHORS.T) / 2
    ),
}


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_values_are_theirs(name):
    assert float(OURS[name]()) == pytest.approx(float(RECORDED[name]), rel=1e-5)


def test_all_that_was_recorded_is_compared():
    assert set(OURS) == set(RECORDED)

"""TripletLoss with the options that other losses and libraries are: values and gradients are theirs."""

import json
from pathlib import Path

import numpy as np
import pytest
from keras import ops

from semihard.losses import triplet_hard_loss, triplet_loss, triplet_semihard_loss
from tests.losses.reference import cases
from tests.programs import BACKEND, value_and_gradient

DATA = Path(__file__).parents[1] / "fixtures"
EVERY = "jit" if BACKEND == "jax" else "eager"
RNG = np.random.default_rng(7)


def same(ours, theirs, x, rtol=1e-5):
    (value, slope), (other_value, other_slope) = (value_and_gradient(loss, x, EVERY) for loss in (ours, theirs))
    np.testing.assert_allclose(value, other_value, rtol=rtol, atol=1e-6)
    np.testing.assert_allclose(slope, other_slope, rtol=10 * rtol, atol=1e-6)


# Losses of this library


@pytest.mark.parametrize(("metric", "grid"), [("angular", False), ("squared-L2", True)])
def test_the_defaults_are_semi_hard(metric, grid):
    """One program, so equal to the last bit, ties, duplicates and singletons included."""
    x = RNG.integers(-2, 3, (30, 3)) if grid else RNG.normal(size=(30, 4))
    labels = RNG.integers(0, 9, 30).astype(np.int32)
    same(
        lambda x: triplet_loss(labels, x, 0.5, metric, reduction="none"),
        lambda x: triplet_semihard_loss(labels, x, 0.5, metric, reduction="none"),
        x.astype(np.float32),
        rtol=0,
    )


@pytest.mark.parametrize("metric", ["L2", "squared-L2"])
@pytest.mark.parametrize("margin", [0.5, "soft"])
@pytest.mark.parametrize("grid", [False, True])
def test_hardest_of_both_is_batch_hard(metric, margin, grid):
    """Where no class has one sample only."""
    x = RNG.integers(-2, 3, (24, 2)) if grid else RNG.normal(size=(24, 4))
    labels = np.repeat(np.arange(8), 3).astype(np.int32)[RNG.permutation(24)]
    same(
        lambda x: triplet_loss(labels, x, margin, metric, positives="hardest", negatives="hardest", reduction="none"),
        lambda x: triplet_hard_loss(labels, x, 0.5, margin == "soft", metric, reduction="none"),
        x.astype(np.float32),
    )


# TensorFlow Addons

SEMI_HARD = json.loads((DATA / "addons_semihard.json").read_text())
SEMI_HARD_ARRAYS = np.load(DATA / "addons_semihard.npz")


@pytest.mark.parametrize("case", [c for c in SEMI_HARD if c["id"] in {0, 84}], ids=lambda c: c["id"])
def test_semi_hard_of_addons(case):
    x, labels, value, slope = (SEMI_HARD_ARRAYS[f"{part}_{case['id']}"] for part in ("x", "y", "value", "grad"))
    found = value_and_gradient(lambda x: triplet_loss(labels, x, case["margin"], case["distance_metric"]), x, EVERY)
    np.testing.assert_allclose(found[0], value, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found[1], slope, rtol=1e-5, atol=1e-5 * np.abs(slope).max())


HARD = [
    case
    for case in cases("triplet_hard")
    if np.unique(case.y, return_counts=True)[1].min() > 1
    and len(np.unique(case.y)) > 1
    # Ties are decided by rounding there, and in 163 and 167 its soft margin overflows.
    and case.kind not in ("ties", "duplicates")
    and case.id not in (163, 167)
]


def test_there_are_cases_of_batch_hard():
    assert len(HARD) >= 6


@pytest.mark.parametrize("case", HARD, ids=lambda case: case.id)
def test_batch_hard_of_addons(case):
    margin = "soft" if case.options["soft"] else case.options["margin"]
    options = {"distance_metric": case.options["distance_metric"], "positives": "hardest", "negatives": "hardest"}
    value, slope = value_and_gradient(lambda x: triplet_loss(case.y, x, margin, **options), case.x, EVERY)
    np.testing.assert_allclose(value, case.value, rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(slope, case.gradient, rtol=1e-4, atol=1e-5 * np.abs(case.gradient).max())


# pytorch-metric-learning

PML = json.loads((DATA / "pml_triplets.json").read_text())
PML_ARRAYS = np.load(DATA / "pml_triplets.npz")
MINERS = {
    "none": {"negatives": "all"},
    "semihard": {"negatives": "all_semi_hard"},
    "hard": {"negatives": "all_hard"},
    "batch hard": {"positives": "hardest", "negatives": "hardest"},
    "easy, semihard": {"positives": "easiest", "fallback": "none"},
    "hard, semihard": {"positives": "hardest", "fallback": "none"},
    "easy, hard": {"positives": "easiest", "negatives": "hardest"},
    "all, hard": {"negatives": "hardest"},
    "hard, all": {"positives": "hardest", "negatives": "all"},
    "easy, all": {"positives": "easiest", "negatives": "all"},
}
REDUCERS = {"AvgNonZeroReducer": "active", "MeanReducer": "all"}


@pytest.mark.parametrize("case", PML, ids=lambda c: f"{c['id']}-{c['miner']}-{c['distance']}-{c['reducer']}")
def test_pytorch_metric_learning(case):
    x, labels = PML_ARRAYS[f"x_{case['batch']}"], PML_ARRAYS[f"y_{case['batch']}"].astype(np.int32)
    margin = "soft" if case["smooth"] else case["margin"]
    options = {
        **MINERS[case["miner"]],
        "average": {"AvgNonZeroReducer": "active", "MeanReducer": "all"}[case["reducer"]],
    }
    codes, metric = ops.convert_to_tensor(labels), case["distance"].removeprefix("unit ")

    def loss(x):
        if case["distance"].startswith("unit"):
            x = x / ops.sqrt(ops.sum(x * x, axis=1, keepdims=True))
        return triplet_loss(codes, x, margin, metric, **options)

    value, slope = value_and_gradient(loss, x, EVERY)
    expected = PML_ARRAYS[f"grad_{case['id']}"]
    # Squared distances of 20 that differ by 0.06: the last digit of float32 is 2e-6.
    np.testing.assert_allclose(value, PML_ARRAYS[f"value_{case['id']}"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(slope, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())

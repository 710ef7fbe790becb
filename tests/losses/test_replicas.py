"""Several replicas with `cross_replica=True` are one device; without it they are not, and that is said."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.losses.replicas import CASES

BACKEND = keras.backend.backend()
# TensorFlow takes half a minute to compile a training on two devices.
SOME = ["TripletSemiHardLoss", "TripletLoss", "MultiSimilarityLoss", "ProxyAnchorLoss"]
# Of steep slopes, in which rounding grows.
TOLERANCES = {"ProxyAnchorLoss": 1e-3, "CircleLoss": 1e-4}


def trained(how, cases):
    line = [sys.executable, "-m", "tests.losses.replicas", how, *cases]
    root = Path(__file__).parents[2]
    done = subprocess.run(line, capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_replicas_train_as_one_device():
    """Ten steps with each loss, of batches that are not evenly shared but on JAX; with weights of samples, too."""
    found, said = trained("true", SOME if BACKEND == "tensorflow" else list(CASES))
    for case, ((losses, weights), (of_replicas, their_weights)) in found.items():
        tolerance = TOLERANCES.get(case, 1e-5)
        np.testing.assert_allclose(of_replicas, losses, rtol=tolerance, err_msg=case)
        for one, other in zip(weights, their_weights, strict=True):
            np.testing.assert_allclose(other, one, rtol=tolerance, atol=tolerance / 10, err_msg=case)
    assert "cross_replica" not in said


@pytest.mark.skipif(BACKEND == "jax", reason="a program of JAX sees the arrays of all devices as one")
@pytest.mark.parametrize("how", ["null", "false"])
def test_replicas_that_look_only_at_their_own_are_another_training(how):
    """Said, where nobody chose it."""
    found, said = trained(how, ["TripletSemiHardLoss"])
    ((_, weights), (_, their_weights)) = found["TripletSemiHardLoss"]
    assert np.abs(np.subtract(weights[0], their_weights[0])).max() > 1e-4
    assert ("Pass cross_replica=True" in said) == (how == "null")

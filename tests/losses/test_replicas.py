"""Several replicas with `cross_replica=True` are one device; without it they are not, and that is said."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest

from semihard import backend
from semihard._inputs import replicas
from semihard.losses import ArcFaceLoss, NpairsLoss, ProxyAnchorLoss, TripletSemiHardLoss
from tests.losses.replicas import CASES, MEMORY

BACKEND = keras.backend.backend()
# TensorFlow takes half a minute to compile a training on two devices; Keras's `fit` has no replicas on PyTorch.
SOME = ["TripletSemiHardLoss", "ProxyAnchorLoss", MEMORY]
CHOSEN = {"tensorflow": SOME, "torch": [case for case in CASES if case != MEMORY], "jax": SOME[:1]}
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
    found, said = trained("true", CHOSEN[BACKEND])
    for case, ((losses, weights), (of_replicas, their_weights)) in found.items():
        tolerance = TOLERANCES.get(case, 1e-5)
        np.testing.assert_allclose(of_replicas, losses, rtol=tolerance, err_msg=case)
        for one, other in zip(weights, their_weights, strict=True):
            np.testing.assert_allclose(other, one, rtol=tolerance, atol=tolerance / 10, err_msg=case)
    assert "cross_replica" not in said


# On TensorFlow test_distribute.py shows the same, and a program of JAX sees the arrays of all devices as one.
@pytest.mark.skipif(BACKEND != "torch", reason="shown on PyTorch")
def test_replicas_that_look_only_at_their_own_are_another_training():
    found, said = trained("null", ["TripletSemiHardLoss"])
    ((_, weights), (_, their_weights)) = found["TripletSemiHardLoss"]
    assert np.abs(np.subtract(weights[0], their_weights[0])).max() > 1e-4
    assert "Pass cross_replica=True" in said


@pytest.mark.parametrize("loss", [TripletSemiHardLoss, ProxyAnchorLoss, ArcFaceLoss, NpairsLoss])
def test_where_nobody_chose_it_is_said_once(loss, monkeypatch):
    """But of losses for which there is nothing to choose."""
    monkeypatch.setattr(backend, "replicas", lambda: 2)
    monkeypatch.setattr(replicas, "_said", set())
    labels, predictions = np.array([0, 1]), np.eye(2, dtype="float32")
    if loss().gathers:
        with pytest.warns(UserWarning, match=rf"{loss.__name__} compares the samples of each of 2 replicas only with"):
            loss()(labels, predictions)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        loss()(labels, predictions)
        if loss().gathers:
            replicas._said.clear()
            loss(cross_replica=False)(labels, predictions)


@pytest.mark.parametrize("kind", ["uint8", "int16", "bool", "int64"])
def test_labels_are_exchanged_in_a_dtype_that_processes_know(kind, monkeypatch):
    """gloo has no int16, TensorFlow's collective operations only int32 and int64."""
    asked = []
    monkeypatch.setattr(backend, "replicas", lambda: 2)
    monkeypatch.setattr(backend, "replica", lambda: 0)
    monkeypatch.setattr(backend, "gather_replicas", lambda x: asked.append(x) or x)
    labels = keras.ops.convert_to_tensor(np.array([0, 1], kind))
    predictions = keras.ops.convert_to_tensor(np.eye(2, dtype="float32"))
    found = replicas.of_all_replicas("a loss", True, labels, predictions)
    assert {keras.backend.standardize_dtype(x.dtype) for x in asked} <= {"int32", "int64", "float32"}
    assert len(asked) == 3
    assert found[2] == (2, 2)
    assert keras.ops.convert_to_numpy(found[0]).tolist() == [0, 1]


@pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow has tensors of strings")
def test_tensors_of_strings_cannot_be_exchanged(monkeypatch):
    monkeypatch.setattr(backend, "replicas", lambda: 2)
    with pytest.raises(TypeError, match=r"Expected integer labels, which replicas can exchange\. Received: strings"):
        replicas.gathered(keras.ops.convert_to_tensor(["a", "b"]), np.eye(2))

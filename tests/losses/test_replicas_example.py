"""The script for `torchrun` in examples: two processes end with the weights of one."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "replicas_torch.py"


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="a script of PyTorch's")
def test_two_processes_end_with_the_weights_of_one(tmp_path):
    few = ["--images", "800", "--epochs", "1", "--weights"]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    said = []
    for name, program in (("one", [sys.executable]), ("two", launch)):
        line = [*program, str(SCRIPT), *few, str(tmp_path / f"{name}.npz")]
        done = subprocess.run(line, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        said.append(done.stdout.splitlines())
    losses = [float(lines[0].split("loss ")[1].split(",")[0]) for lines in said]
    np.testing.assert_allclose(*losses, rtol=1e-5)
    assert said[0][1].startswith("Recall@1 of 2,000 test digits: 0.")
    one, two = (np.load(tmp_path / f"{name}.npz") for name in ("one", "two"))
    assert one.files == two.files
    for name in one.files:
        # Adam divides by the size of a gradient, so the smallest differ by what they were rounded to.
        np.testing.assert_allclose(two[name], one[name], atol=3e-4)

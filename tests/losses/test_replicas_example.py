"""The scripts for several processes in examples: two end with the weights of one."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np

BACKEND = keras.backend.backend()
SCRIPT = Path(__file__).parents[2] / "examples" / f"replicas_{BACKEND}.py"
# Adam divides by the size of a gradient, so that the smallest differ by what they were rounded to.
ROUNDED = {"tensorflow": 3e-3, "jax": 1e-4, "torch": 3e-4}[BACKEND]
LOSSES_ROUNDED = 1e-4
if BACKEND == "jax" and version("jax").startswith("0.5."):
    # It rounds the products of half a batch otherwise, by which one of two negatives that are nearly as far as each
    # other gives way to the other one: a share of the gradient, which is 0 or 1.
    ROUNDED, LOSSES_ROUNDED = 5e-3, 1e-3


def test_two_processes_end_with_the_weights_of_one(tmp_path):
    few = ["--images", "800", "--epochs", "1", "--weights"]
    one = [sys.executable, str(SCRIPT), *few]
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    two = [sys.executable, *launch, str(SCRIPT), *few] if BACKEND == "torch" else [*one[:-1], "--processes=2", one[-1]]
    said = []
    for name, line in (("one", one), ("two", two)):
        done = subprocess.run([*line, str(tmp_path / f"{name}.npz")], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        said.append([line for line in done.stdout.splitlines() if line.startswith(("epoch", "Recall"))])
    losses = [float(lines[0].split("loss ")[1].split(",")[0]) for lines in said]
    np.testing.assert_allclose(*losses, rtol=LOSSES_ROUNDED)
    assert [len(lines) for lines in said] == [2, 2]
    one, two = (np.load(tmp_path / f"{name}.npz") for name in ("one", "two"))
    assert one.files == two.files
    for name in one.files:
        np.testing.assert_allclose(two[name], one[name], atol=ROUNDED)

"""The loops that are text in the notebook of plain loops run on the backend that each is for."""

import re

import keras
import pytest

from examples.make_notebook import SCRIPTS, read_script
from semihard.datasets import mnist

HEADINGS = {"jax": "## In JAX", "tensorflow": "## In TensorFlow"}
HEADING = HEADINGS.get(keras.backend.backend())


@pytest.mark.skipif(HEADING is None, reason="PyTorch's is a cell of the notebook")
def test_the_loop_runs_and_learns(capsys):
    (cell,) = (cell for cell in read_script(SCRIPTS["plain_loops"]).cells if cell.source.startswith(HEADING))
    (loop,) = re.findall(r"^```python\n(.+?)^```$", cell.source, re.DOTALL | re.MULTILINE)
    (train_images, train_labels), (test_images, test_labels) = mnist()
    few = {"train_images": train_images[:1600], "train_labels": train_labels[:1600], "EPOCHS": 1}
    exec(loop, {**few, "test_images": test_images[:300], "test_labels": test_labels[:300]})
    printed = capsys.readouterr().out
    assert float(re.search(r"^Recall@1 +([\d.]+)", printed, re.MULTILINE)[1]) > 0.7  # by chance 0.1

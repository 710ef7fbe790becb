"""`semihard tutorial` on the backend of these tests, in a process of its own where that is the point."""

import json
import os
import re

import keras
import pytest

from semihard import cli
from semihard.workflows.tutorial import mnist_tutorial
from tests.cli.processes import end, own_lines, start, wait_for


@pytest.mark.once
def test_without_a_terminal_there_are_plain_lines_only(tmp_path):
    """Neither escape codes nor bars that return to the start of their line, in a stream that holds ASCII alone.

    With either recipe; and Keras, which is not there before, runs on the backend that is asked for.
    """
    backend = keras.backend.backend()
    arguments = ["tutorial", "--backend", backend, "--epochs", "2", "--out"]
    before = f"""
from semihard import datasets
few = [(images[:64], labels[:64]) for images, labels in datasets.mnist()]
datasets.mnist = lambda: few
assert "keras" not in sys.modules
assert cli.main([*{arguments!r}, {str(tmp_path / "addons")!r}]) == 0
"""
    other = next(name for name in ("jax", "torch") if name != backend)
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "KERAS_BACKEND": other}
    process = start([*arguments, str(tmp_path / "balanced"), "--recipe", "balanced"], before, env=environment)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert not re.search(r"[\x1b\r\b]", out + err)
    assert re.findall("Epoch ./.", out) == ["Epoch 1/2", "Epoch 2/2"] * 2
    assert "UMAP:" not in err
    for run in ("addons", "balanced"):
        assert json.loads((tmp_path / run / "metrics.json").read_text())["backend"] == backend


def test_ctrl_c_during_training(tmp_path):
    """Once the first epoch runs: one line, and a directory that says that its run is not finished."""
    process = start(["tutorial", "--epochs", "2", "--out", str(tmp_path)])
    wait_for(process, "Epoch 1/2")
    end(process)
    assert [path.name for path in tmp_path.iterdir()] == ["unfinished"]
    (manifest,) = (tmp_path / "unfinished").iterdir()
    assert json.loads(manifest.read_text())["state"] == "running"


def test_a_file_that_outgrows_what_is_allowed(tmp_path, monkeypatch, capsys):
    """The system refuses to grow any file beyond 100 kB, as a full disk would; the model needs 1.6 MB."""
    resource = pytest.importorskip("resource")
    monkeypatch.setitem(mnist_tutorial.TRAIN, "addons", lambda *_, **__: {"loss": [1.0]})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        status = cli.main(["tutorial", "--epochs", "2", "--out", str(tmp_path)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    err = capsys.readouterr().err
    assert status == 1, err
    (line,) = own_lines(err)
    assert "File too large" in line
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []

"""examples/mnist_semihard.py runs as it stands, on fewer digits."""

import runpy
from pathlib import Path

import keras

import semihard.datasets
from semihard.datasets import mnist

EXAMPLE = Path(__file__).parents[2] / "examples" / "mnist_semihard.py"


def test_the_example_runs(tmp_path, monkeypatch, capsys):
    (train_images, train_labels), (test_images, test_labels) = mnist()
    few = (train_images[:256], train_labels[:256]), (test_images[:100], test_labels[:100])
    monkeypatch.setattr(semihard.datasets, "mnist", lambda: few)
    monkeypatch.chdir(tmp_path)
    script = runpy.run_path(str(EXAMPLE))
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == ["embedding.png", "history.png", "meta.tsv", "model.keras", "vecs.tsv"]
    assert len(script["history"].history["loss"]) == 5
    assert keras.models.load_model("model.keras").output_shape == (None, 256)
    assert "recall_at={1: " in capsys.readouterr().out


def test_it_uses_the_public_api_only_and_reads_in_a_minute():
    lines = EXAMPLE.read_text().splitlines()
    assert len(lines) < 80
    assert not [line for line in lines if "import semihard" in line and "._" in line]

"""The examples run as they stand, on fewer digits."""

import json
import re
import runpy
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import semihard.datasets
from semihard.datasets import mnist
from semihard.visualization import write_tsv

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE = EXAMPLES / "mnist_semihard.py"


def test_the_example_runs(tmp_path, monkeypatch, capsys):
    (train_images, train_labels), (test_images, test_labels) = mnist()
    few = (train_images[:256], train_labels[:256]), (test_images[:100], test_labels[:100])
    monkeypatch.setattr(semihard.datasets, "mnist", lambda: few)
    monkeypatch.chdir(tmp_path)
    script = runpy.run_path(str(EXAMPLE))
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == ["embedding.png", "meta.tsv", "model.keras", "sprite.png", "vecs.tsv"]
    assert len(script["history"].history["loss"]) == script["EPOCHS"]
    assert keras.models.load_model("model.keras").output_shape == (None, 256)
    printed = re.search(r"^Recall@1 +([\d.]+)", capsys.readouterr().out, re.MULTILINE)
    vectors, labels = np.loadtxt("vecs.tsv"), np.loadtxt("meta.tsv", dtype=str)
    assert labels.tolist() == [str(label) for label in test_labels[:100]]
    distances = ((vectors[:, None] - vectors) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    recall = (labels[distances.argmin(axis=1)] == labels).mean()
    assert float(printed[1]) == pytest.approx(recall, abs=5e-3)
    assert recall > 0.3  # by chance 0.1


def test_it_uses_the_public_api_only_and_reads_in_a_minute():
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    assert len(lines) < 60
    assert not [line for line in lines if "import semihard" in line and "._" in line]


def test_the_pictures_of_their_page_are_made(tmp_path, monkeypatch):
    labels = mnist()[1][1][:150]
    vectors = np.eye(10)[labels] + np.random.default_rng(0).normal(size=(150, 10), scale=0.4)
    write_tsv(vectors, labels, tmp_path)
    (tmp_path / "metrics.json").write_text(json.dumps({"loss": [0.5, 0.4]}))
    monkeypatch.setattr(sys, "argv", ["pictures.py", str(tmp_path), str(tmp_path / "out")])
    runpy.run_path(str(EXAMPLES / "pictures.py"))
    written = {path.name for path in (tmp_path / "out").iterdir()}
    page = (EXAMPLES.parent / "docs" / "pictures.md").read_text()
    assert written == set(re.findall(r"pictures/([\w-]+\.png)", page))

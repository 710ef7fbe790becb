"""MNIST: contents against independent facts, damaged files, and the two other loaders."""

import gzip
import hashlib
import shutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import semihard.datasets._mnist  # noqa: F401  (makes sure sys.modules holds the module behind the function)
from semihard.datasets import mnist

module = sys.modules["semihard.datasets._mnist"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the packaged files that a test may damage."""
    copy = tmp_path / "mnist_files"
    shutil.copytree(Path(str(module._FOLDER)), copy)
    monkeypatch.setattr(module, "_FOLDER", copy)
    return copy


def test_shapes_types_and_published_label_counts():
    """Label counts as published with the data set: 5,923 zeros and 6,742 ones to train, 980 and 1,135 to test."""
    (train_images, train_labels), (test_images, test_labels) = mnist()
    assert train_images.shape == (60000, 28, 28)
    assert test_images.shape == (10000, 28, 28)
    assert train_labels.shape == (60000,)
    assert test_labels.shape == (10000,)
    assert {a.dtype for a in (train_images, train_labels, test_images, test_labels)} == {np.dtype(np.uint8)}
    assert np.bincount(train_labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_pixels_have_the_published_mean_and_sit_upright():
    """Mean and deviation of the training pixels / 255 are 0.1307 and 0.3081."""
    (train_images, train_labels), _ = mnist()
    assert train_images.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert train_images.std() / 255 == pytest.approx(0.3081, abs=5e-5)
    ones = train_images[train_labels == 1].mean(axis=0)
    # A one is a tall stroke: its ink spreads further over rows than over columns. Fails if the axes were swapped.
    rows, columns = ones.sum(axis=1), ones.sum(axis=0)
    assert (rows > rows.max() / 2).sum() > 1.5 * (columns > columns.max() / 2).sum()


def test_arrays_are_the_callers_own():
    (images, _), _ = mnist()
    images[0] = 255
    assert mnist()[0][0][0].min() == 0


def test_missing_file(folder):
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"t10k-labels-idx1-ubyte\.gz.*MD5 27ae3e.*no such file.*Reinstall"):
        mnist()


@pytest.mark.parametrize("kept", [0, 5, 1000])
def test_truncated_file(folder, kept):
    path = folder / "train-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(OSError, match=r"train-labels-idx1-ubyte\.gz.*Received.*Reinstall"):
        mnist()


def test_damaged_compressed_bytes(folder):
    path = folder / "train-labels-idx1-ubyte.gz"
    data = bytearray(path.read_bytes())
    data[5000:5040] = bytes(40)
    path.write_bytes(bytes(data))
    with pytest.raises(OSError, match=r"train-labels-idx1-ubyte\.gz.*Received.*Reinstall"):
        mnist()


def test_not_gzip_at_all(folder):
    (folder / "t10k-images-idx3-ubyte.gz").write_text("<html>404</html>")
    with pytest.raises(OSError, match=r"t10k-images-idx3-ubyte\.gz.*damaged gzip"):
        mnist()


def test_altered_file(folder):
    """One label changed in a well-formed gzip file: only the sum can tell."""
    path = folder / "t10k-labels-idx1-ubyte.gz"
    data = bytearray(gzip.decompress(path.read_bytes()))
    data[8] ^= 1
    path.write_bytes(gzip.compress(bytes(data)))
    altered = hashlib.md5(bytes(data)).hexdigest()
    with pytest.raises(OSError, match=rf"t10k-labels-idx1-ubyte\.gz.*27ae3e.*10008 bytes with MD5 {altered}"):
        mnist()


def test_unknown_source():
    with pytest.raises(ValueError, match=r"'package', 'keras', 'tfds'.*source='torchvision'"):
        mnist("torchvision")


def test_tfds_source(monkeypatch):
    """tfds gives images [n, 28, 28, 1] and int64 labels; they come back in the shape of the other sources."""
    calls = []

    def load(name, **options):
        calls.append((name, options))
        return [(np.full((n, 28, 28, 1), n, np.uint8), np.arange(n, dtype=np.int64)) for n in (3, 2)]

    fake = types.ModuleType("tensorflow_datasets")
    fake.load, fake.as_numpy = load, lambda value: value
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", fake)
    (train_images, train_labels), (test_images, test_labels) = mnist("tfds")
    assert calls == [("mnist", {"split": ["train", "test"], "batch_size": -1, "as_supervised": True})]
    assert train_images.shape == (3, 28, 28)
    assert test_images.shape == (2, 28, 28)
    assert train_labels.dtype == test_labels.dtype == train_images.dtype == np.uint8
    assert train_labels.tolist() == [0, 1, 2]
    assert (test_images == 2).all()


def test_tfds_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ImportError, match="pip install tensorflow tensorflow-datasets"):
        mnist("tfds")


def test_reading_the_digits_does_not_import_keras():
    code = "import sys; from semihard.datasets import mnist; mnist(); assert 'keras' not in sys.modules, 'keras came'"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_licence_travels_with_the_files():
    text = (Path(str(module._FOLDER)) / "LICENSE").read_text()
    assert "CC BY-SA 3.0" in text
    assert "Yann LeCun and Corinna Cortes" in text

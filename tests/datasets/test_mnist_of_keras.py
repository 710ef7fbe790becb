"""MNIST by Keras's own loader."""

import sys

import keras
import numpy as np

from semihard.datasets import mnist


def test_keras_source_is_the_real_keras_loader(tmp_path, monkeypatch):
    """The real Keras loader; only its download is replaced, by a file of the same format."""
    expected = {
        "x_train": np.full((3, 28, 28), 7, np.uint8),
        "y_train": np.array([1, 2, 3], np.uint8),
        "x_test": np.full((2, 28, 28), 9, np.uint8),
        "y_test": np.array([4, 5], np.uint8),
    }
    np.savez(tmp_path / "mnist.npz", **expected)
    loader = sys.modules[keras.datasets.mnist.load_data.__module__]
    monkeypatch.setattr(loader, "get_file", lambda *args, **kwargs: str(tmp_path / "mnist.npz"))
    (train_images, train_labels), (test_images, test_labels) = mnist("keras")
    for array, name in zip((train_images, train_labels, test_images, test_labels), expected, strict=True):
        np.testing.assert_array_equal(array, expected[name])

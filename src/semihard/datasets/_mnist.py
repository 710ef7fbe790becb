"""MNIST as NumPy arrays: from the package itself, from Keras or from TensorFlow Datasets.

The four original files lie in `mnist_files/` (Y. LeCun, C. Cortes; CC BY-SA 3.0, see the LICENSE there).
"""

import gzip
import hashlib
import zlib
from importlib import resources
from typing import Any

import numpy as np

from semihard._core import checks
from semihard._core.extras import MissingPackage

Split = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]

_FOLDER = resources.files(__package__) / "mnist_files"

# Name: MD5 of the data after un-gzipping, length of the IDX header in bytes, shape of one item.
_FILES: dict[str, tuple[str, int, tuple[int, ...]]] = {
    "train-images-idx3-ubyte.gz": ("6bbc9ace898e44ae57da46a324031adb", 16, (28, 28)),
    "train-labels-idx1-ubyte.gz": ("a25bea736e30d166cdddb491f175f624", 8, ()),
    "t10k-images-idx3-ubyte.gz": ("2646ac647ad5339dbf082846283269ea", 16, (28, 28)),
    "t10k-labels-idx1-ubyte.gz": ("27ae3e4e09519cfbb04c329615203637", 8, ()),
}


def mnist(source: str = "package") -> tuple[Split, Split]:
    """Return the MNIST digits in the form of `keras.datasets.mnist.load_data()`.

    Args:
        source: where the digits come from.

            * "package": the original files inside this package; needs no network.
            * "keras": `keras.datasets.mnist.load_data()`, which downloads once and keeps a copy.
            * "tfds": `tensorflow_datasets`, which downloads once and keeps a copy: the same digits, in its own order.

    Returns:
        `(train_images, train_labels), (test_images, test_labels)`, all uint8 and yours to change: images
        [60000, 28, 28] and [10000, 28, 28], 0 for background and 255 for ink; labels [60000] and [10000], 0 to 9.

    Raises:
        OSError: a file of the package is missing, cut short or altered.
        ValueError: `source` is unknown.
        ImportError: `source="tfds"` without tensorflow-datasets.

    Example:
        >>> (train_images, train_labels), (test_images, test_labels) = mnist()
        >>> train_images.shape, train_labels[:5].tolist()
        ((60000, 28, 28), [5, 0, 4, 1, 9])
    """
    checks.one_of("source", source, ("package", "keras", "tfds"))
    if source == "keras":
        import keras  # late: reading the packaged digits needs no backend

        train, test = keras.datasets.mnist.load_data()
        return (train[0], train[1]), (test[0], test[1])
    if source == "tfds":
        return _from_tfds()
    train_images, train_labels, test_images, test_labels = (_read(name) for name in _FILES)
    return (train_images, train_labels), (test_images, test_labels)


def _read(name: str) -> np.ndarray[Any, Any]:
    """Return the items of one IDX file as uint8 [count, *item shape]."""
    md5, header, shape = _FILES[name]
    file = _FOLDER / name
    remedy = "Reinstall the package (pip install --force-reinstall --no-deps semihard), or use source='keras'."
    expected = f"Expected the MNIST file {file} to hold data with MD5 {md5}."
    try:
        data = gzip.decompress(file.read_bytes())
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{expected} Received: no such file. {remedy}") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise OSError(f"{expected} Received: a damaged gzip file ({error}). {remedy}") from error
    received = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if received != md5:
        raise OSError(f"{expected} Received: {len(data)} bytes with MD5 {received}. {remedy}")
    # A copy, because arrays over `bytes` are read-only.
    return np.frombuffer(data, np.uint8, offset=header).reshape(-1, *shape).copy()


def _from_tfds() -> tuple[Split, Split]:
    try:
        import tensorflow_datasets
    except ImportError as error:
        command = "pip install tensorflow tensorflow-datasets"
        raise MissingPackage("tensorflow-datasets", command, error) from error
    loaded = tensorflow_datasets.load("mnist", split=["train", "test"], batch_size=-1, as_supervised=True)
    (train_images, train_labels), (test_images, test_labels) = tensorflow_datasets.as_numpy(loaded)
    return (
        (np.array(train_images[..., 0]), train_labels.astype(np.uint8)),
        (np.array(test_images[..., 0]), test_labels.astype(np.uint8)),
    )

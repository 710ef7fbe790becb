"""A reader of the four IDX files that needs only NumPy, because workers of other environments cannot import ours."""

import gzip
from pathlib import Path

import numpy as np


def read_mnist(folder):
    """Return (images, labels) of the training and of the test set: uint8 [count, 28, 28, 1] and int64 [count]."""
    return tuple(
        (
            _read(folder, f"{part}-images-idx3-ubyte.gz", header=16).reshape(-1, 28, 28, 1),
            _read(folder, f"{part}-labels-idx1-ubyte.gz", header=8).astype("int64"),
        )
        for part in ("train", "t10k")
    )


def _read(folder, name, header):
    return np.frombuffer(gzip.decompress((Path(folder) / name).read_bytes()), "uint8", offset=header)

"""Cars-196: makes and models of cars."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core.extras import MissingPackage
from semihard.datasets._layout import root_of, there, with_counts
from semihard.datasets.image_table import ImageTable

TRAINED = 98
PUBLISHED = {"train": (8_054, 98), "test": (8_131, 98)}
# Of the archives that hold the classifiers' two parts apart: list → folder of its images.
PARTS = {"devkit/cars_train_annos.mat": "cars_train", "devkit/cars_test_annos_withlabels.mat": "cars_test"}
ALL = "cars_annos.mat"


def cars(path: str | os.PathLike[str]) -> ImageTable:
    """Return the cars of Cars-196: the first 98 classes to train on, the other 98 to test on.

    To evaluate, search each test image among the others: `semihard.evaluate(embeddings, table.labels)`. The set's own
    split, of the images of every class, is for classification and not used.

    Args:
        path: a folder with `cars_annos.mat` and `car_ims`; or with `cars_train`, `cars_test` and a `devkit` that holds
            `cars_train_annos.mat`, `cars_test_annos_withlabels.mat` and `cars_meta.mat`.

    Returns:
        `ImageTable`: `labels` are names of classes, as Audi TTS Coupe 2012.

    Raises:
        FileNotFoundError: a list or an image that it names is not there.
        ValueError: a list that is not as published.
        ImportError: SciPy is not installed, which reads the lists.

    Source:
        Krause, Stark, Deng, Fei-Fei 2013, "3D Object Representations for Fine-Grained Categorization". The split by
        classes, 8,054 and 8,131 images: Oh Song, Xiang, Jegelka, Savarese 2016, "Deep Metric Learning via Lifted
        Structured Feature Embedding", section "Evaluation".
    """
    root = root_of("Cars-196", path)
    if any((root / name).exists() for name in PARTS):
        root_of("Cars-196", path, *PARTS, "devkit/cars_meta.mat")
        lists = [(root / name, "fname", root / folder) for name, folder in PARTS.items()]
        meta = root / "devkit" / "cars_meta.mat"
    else:
        meta = root_of("Cars-196", path, ALL) / ALL
        lists = [(meta, "relative_im_path", root)]
    names = [str(name) for name in _field(meta, "class_names")]
    table = ImageTable([], [], [])
    for file, field, folder in lists:
        rows = _field(file, "annotations")
        missing = [name for name in (field, "class") if name not in (rows.dtype.names or ())]
        if missing:
            raise ValueError(
                f"Expected annotations with {field} and class in {file}. Received: {rows.dtype.names}. Take the list "
                "that has the classes of all images."
            )
        for image, number in zip(rows[field], rows["class"], strict=True):
            if not 1 <= int(number) <= len(names):
                raise ValueError(f"Expected classes from 1 to {len(names)} in {file}. Received: {int(number)}.")
            table.paths.append(folder / str(image))
            table.labels.append(names[int(number) - 1])
            table.split.append("train" if int(number) <= TRAINED else "test")
    there("Cars-196", table.paths)
    return with_counts("Cars-196", table, "split", PUBLISHED)


def _field(path: Path, name: str) -> Any:
    """A variable of a file of MATLAB, as an array [n]."""
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise MissingPackage("scipy", "pip install scipy", error) from error
    try:
        found = loadmat(path, squeeze_me=True, variable_names=[name])
    except Exception as error:  # what parsing bytes can raise: ValueError, TypeError, MatReadError, zlib's error, …
        raise ValueError(f"Expected {path} to be a file of MATLAB. Received: {error}. Unpack it again.") from error
    if name not in found:
        raise ValueError(f"Expected a variable {name} in {path}. Received: none. Unpack its archive again.")
    return np.atleast_1d(found[name])

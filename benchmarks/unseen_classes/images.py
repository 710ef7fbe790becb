"""The images that are compared on: MNIST's, or a folder's."""

import numpy as np

from semihard import data, datasets


def load(folder, size, channels):
    """Return (images uint8 [n, height, width, channels], labels [n]) to train on, and the same to judge on.

    A folder's are the same images twice: its classes are what is divided.
    """
    if folder is None:
        return tuple((images[..., None], labels) for images, labels in datasets.mnist())
    files = data.ImageFiles(folder, (size, size), channels=channels)
    # Decoded once, so that a run's seconds are those of the training.
    part = files[:], np.array(files.labels)
    return part, part

"""Synthetic classes that workers of any environment can make: only NumPy, the same numbers everywhere."""

import numpy as np

WIDTH = 64


def make(classes, samples, seed):
    """Return x float32 [classes · samples, 64] and labels int64 of the training classes, and of as many unseen ones.

    A class is a point in 16 dimensions and its samples lie around it, seen through a fixed random layer of tanh, with
    noise that does not depend on the class: what an embedding has to learn to ignore.
    """
    rng = np.random.default_rng(seed)
    mix, nuisance = rng.normal(size=(16, WIDTH)) / 4, rng.normal(size=(16, WIDTH)) / 4
    parts = []
    for _ in range(2):
        centres = rng.normal(size=(classes, 16))
        labels = np.arange(classes).repeat(samples)
        inner = centres[labels] + 0.3 * rng.normal(size=(len(labels), 16))
        x = np.tanh(inner @ mix + 2.0 * rng.normal(size=(len(labels), 16)) @ nuisance)
        parts.append(((x + 0.1 * rng.normal(size=x.shape)).astype("float32"), labels.astype("int64")))
    return parts

"""Wrong labels that are put in on purpose, and classes of few samples to put them into."""

import numpy as np


def noisy(labels, share, kind, seed):
    """Return labels of which a share is wrong: another class by chance, or ("confused") always the next one."""
    rng = np.random.default_rng(seed)
    classes = int(labels.max()) + 1
    step = rng.integers(1, classes, len(labels)) if kind == "any" else 1
    return np.where(rng.random(len(labels)) < share, (labels + step) % classes, labels)


def small_classes(classes, each, spread, seed):
    """Return x float32 [classes · each, 32] around as many centers, and labels int64."""
    rng = np.random.default_rng(seed)
    labels = np.arange(classes).repeat(each)
    x = rng.normal(size=(classes, 32))[labels] + spread * rng.normal(size=(len(labels), 32))
    return x.astype("float32"), labels.astype("int64")

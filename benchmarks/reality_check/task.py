"""What a loss is made for; runs in every worker."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Task:
    """What a loss has to know of the classes that are trained on, and where its class vectors begin.

    Attributes:
        classes: how many; labels are 0 to classes − 1.
        superclasses: int [classes], of each.
    """

    classes: int
    superclasses: np.ndarray
    dim: int
    seed: int

    def vectors(self, centers=1):
        """Return class vectors float32 [classes · centers, dim], those of one class in a row."""
        random = np.random.default_rng([self.seed, centers])
        return (random.standard_normal((self.classes * centers, self.dim)) / self.dim**0.5).astype("float32")

    def labels(self):
        """Return float32 [classes, classes + superclasses]: 1 for the class itself and for its superclass."""
        return np.concatenate(
            [np.eye(self.classes), np.eye(self.superclasses.max() + 1)[self.superclasses]], axis=1
        ).astype("float32")

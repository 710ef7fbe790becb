"""From a folder of images to a model that tells classes apart, and all that one wants to know of it."""

from collections.abc import Callable
from typing import Any

from semihard._core.lazy import later
from semihard.workflows.training.options import TrainingOptions

__all__ = ["TrainedRun", "TrainingOptions", "train"]


# The options alone need no Keras, which fixes its backend when it is imported.
__getattr__: Callable[[str], Any] = later(__name__, {"TrainedRun": "_train", "train": "_train"})

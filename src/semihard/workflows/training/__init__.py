"""From a folder of images to a model that tells classes apart, and all that one wants to know of it."""

import importlib
from typing import Any

from semihard.workflows.training.options import TrainingOptions

__all__ = ["TrainedRun", "TrainingOptions", "train"]


# The options alone need no Keras, which fixes its backend when it is imported.
def __getattr__(name: str) -> Any:
    if name in ("TrainedRun", "train"):
        return getattr(importlib.import_module("semihard.workflows.training._train"), name)
    raise AttributeError(f"module 'semihard.workflows.training' has no attribute {name!r}")

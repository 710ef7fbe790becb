"""Metric learning for Keras 3 on TensorFlow, JAX and PyTorch.

The rooms are imported when they are first used, because importing one that needs Keras fixes Keras's backend. If Keras
is there already, losses, layers and models are imported at once, which registers them for `keras.models.load_model`.
"""

import importlib
import sys
from importlib.util import find_spec
from typing import Any

from semihard._core.labels import encode_labels

__version__ = "0.1.0"
__all__ = [
    "Calibration",
    "calibrate",
    "callbacks",
    "data",
    "datasets",
    "distances",
    "embed",
    "encode_labels",
    "evaluate",
    "evaluation",
    "export",
    "gallery",
    "index",
    "layers",
    "losses",
    "metrics",
    "migrate",
    "mining",
    "models",
    "relations",
    "search",
    "train",
    "visualization",
    "workflows",
]
# What is used so often that it stands here, too.
_OFTEN = {
    "Calibration": "semihard.evaluation",
    "calibrate": "semihard.evaluation",
    "embed": "semihard.workflows.searching",
    "evaluate": "semihard.evaluation",
    "export": "semihard.workflows.exporting",
    "index": "semihard.workflows.searching",
    "search": "semihard.workflows.searching",
    "train": "semihard.workflows.training",
}


def __getattr__(name: str) -> Any:
    if name in _OFTEN:
        return getattr(importlib.import_module(_OFTEN[name]), name)
    # Every room, so that none needs an import of its own.
    if not name.startswith("_") and find_spec(f"semihard.{name}") is not None:
        return importlib.import_module(f"semihard.{name}")
    raise AttributeError(f"module 'semihard' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


if "keras" in sys.modules:
    importlib.import_module("semihard.losses")
    importlib.import_module("semihard.layers")
    importlib.import_module("semihard.models")

"""Batches that teach: which samples meet in a batch.

`BatchPlan` decides, `BalancedBatches` feeds it to `fit`, `preflight` says what to expect.
"""

import importlib
from typing import Any

from semihard.data.plan import BatchPlan, PlanShard
from semihard.data.preflight import Preflight, preflight
from semihard.data.read_labels import read_labels
from semihard.data.split import split_classes, split_samples

__all__ = [
    "BalancedBatches",
    "BatchPlan",
    "PlanShard",
    "Preflight",
    "preflight",
    "read_labels",
    "split_classes",
    "split_samples",
]


def __getattr__(name: str) -> Any:
    # The rest is plain NumPy: planning need not wait for Keras, nor fix its backend.
    if name == "BalancedBatches":
        return importlib.import_module("semihard.data.balanced_batches").BalancedBatches
    raise AttributeError(f"module 'semihard.data' has no attribute {name!r}")

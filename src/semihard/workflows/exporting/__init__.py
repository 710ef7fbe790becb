"""From a run to a bundle that one can deploy, and back from the bundle to vectors."""

import importlib
from typing import Any

from semihard.workflows.exporting.bundle import Bundle

__all__ = ["Bundle", "Exported", "export"]


# Keras fixes its backend when it is imported: a bundle may do without.
def __getattr__(name: str) -> Any:
    if name in ("Exported", "export"):
        return getattr(importlib.import_module("semihard.workflows.exporting._export"), name)
    raise AttributeError(f"module 'semihard.workflows.exporting' has no attribute {name!r}")

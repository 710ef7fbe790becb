"""From a run to a bundle that one can deploy, and back from the bundle to vectors."""

from collections.abc import Callable
from typing import Any

from semihard._core.lazy import later
from semihard.workflows.exporting.bundle import Bundle

__all__ = ["Bundle", "Exported", "export"]


# Keras fixes its backend when it is imported: a bundle may do without.
__getattr__: Callable[[str], Any] = later(__name__, {"Exported": "_export", "export": "_export"})

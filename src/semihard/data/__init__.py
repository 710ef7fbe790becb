"""Batches that teach: which samples meet in a batch.

`BatchPlan` decides, `BalancedBatches` feeds it to `fit`, `preflight` says what to expect.
"""

from semihard.data.balanced_batches import BalancedBatches
from semihard.data.plan import BatchPlan
from semihard.data.preflight import Preflight, preflight

__all__ = ["BalancedBatches", "BatchPlan", "Preflight", "preflight"]

"""Batches that teach: which samples meet in a batch."""

from semihard.data.plan import BatchPlan
from semihard.data.preflight import Preflight, preflight

__all__ = ["BatchPlan", "Preflight", "preflight"]

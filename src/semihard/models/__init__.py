"""Models that train in another way than `keras.Model` does."""

from semihard.models.cross_batch_memory import CrossBatchMemory

__all__ = ["CrossBatchMemory"]

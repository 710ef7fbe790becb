"""Models that train in another way than `keras.Model` does, and models that bring weights."""

from semihard.models.cross_batch_memory import CrossBatchMemory
from semihard.models.pretrained import PRETRAINED, pretrained_backbone

__all__ = ["PRETRAINED", "CrossBatchMemory", "pretrained_backbone"]

"""Models that train in another way than `keras.Model` does, and models that bring weights."""

from semihard.models.cross_batch_memory import CrossBatchMemory
from semihard.models.pretrained import PRETRAINED, pretrained_backbone
from semihard.models.sampled_classes import SampledClasses

__all__ = ["PRETRAINED", "CrossBatchMemory", "SampledClasses", "pretrained_backbone"]

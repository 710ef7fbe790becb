"""Batches that teach: which samples meet in a batch.

`BatchPlan` decides; `BalancedBatches` feeds it to `fit`, as `BatchSampler` does for PyTorch's DataLoader and
`as_tf_data` for tf.data. `PairBatches` and `TripletBatches` take pairs and triplets as they are given; `InOrder` is for
`predict`. `ImageFiles` reads pictures when a batch needs them, and `Preprocessing` reads one alike, without Keras;
`preflight` says what to expect.
"""

from collections.abc import Callable
from typing import Any

from semihard._core.lazy import later
from semihard.data._preflight import Preflight, preflight
from semihard.data._read_labels import read_labels
from semihard.data.plan import BatchPlan, PlanShard
from semihard.data.preprocessing import Preprocessing
from semihard.data.split import split_classes, split_samples

__all__ = [
    "BalancedBatches",
    "BatchPlan",
    "BatchSampler",
    "ImageFiles",
    "InOrder",
    "PairBatches",
    "PlanShard",
    "Preflight",
    "Preprocessing",
    "TripletBatches",
    "as_tf_data",
    "preflight",
    "read_labels",
    "split_classes",
    "split_samples",
]


# The rest is plain NumPy: planning need not wait for Keras, nor fix its backend, nor have Pillow.
_LATER = {
    "BalancedBatches": "balanced_batches",
    "BatchSampler": "batch_sampler",
    "ImageFiles": "image_files",
    "InOrder": "in_order",
    "PairBatches": "pair_batches",
    "TripletBatches": "triplet_batches",
    "as_tf_data": "tf_data",
}


__getattr__: Callable[[str], Any] = later(__name__, _LATER)

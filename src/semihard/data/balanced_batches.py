"""A plan's batches for `fit`, on every backend."""

from typing import Any

import keras

from semihard.data import _inputs
from semihard.data._planned_batches import PlannedBatches
from semihard.data.plan import BatchPlan, PlanShard


class BalancedBatches(PlannedBatches):
    """The batches of a `BatchPlan`: `fit(batches, shuffle=False, callbacks=[batches.callback])`.

    The callback tells the data set which epoch it is, so that `fit(initial_epoch=3)` gives the batches of epoch 3, as
    if training had never stopped; `fit` without it raises. Without `shuffle=False` Keras deals an epoch's batches in
    an order of its own. `evaluate` and `validation_data` take the batches after `set_epoch(0)`; `predict` takes
    `InOrder`, and raises here: a plan's order is none of `x`, and a sample may come twice in it, or never.

    Args:
        x: [n, …], indexable by an array of indices: a NumPy array, a memory map, `ImageFiles`; for a model of several
            inputs a dict or tuple of such.
        plan: made from the n labels; or this process's shard of it.
        y: what the loss is given instead of class numbers: an array [n, …], or a dict or tuple of such for a model of
            several outputs. `plan.codes` are the class numbers: `y={"embedding": plan.codes, "age": ages}`.
        augment: a Keras layer (several in a `keras.Sequential`) that changes each sample by itself, in training mode,
            with random numbers that depend only on the plan's seed and the sample's place in it. It gets float32, and
            x [P · K, …] is float32 then, whatever was given. For several inputs a dict of their names, or numbers, and
            layers; other inputs stay as they are. Not with processes.
        workers, use_multiprocessing, max_queue_size: batches made at a time, whether in processes instead of threads,
            and how many are made ahead. The batches are the same for all.

    A batch is (x [P · K, …], class numbers int32 [P · K], or what `y` has); `plan.classes` are the labels that class
    numbers stand for.

    Raises:
        ValueError: `x` or `y` and the plan are of different lengths, `augment` should run in other processes, names
            an input that is not there, or mixes samples.
        TypeError: `plan` is no `BatchPlan`, or `augment` no layer.

    Example:
        >>> import numpy as np
        >>> images, labels = np.zeros((8, 4), "float32"), list("aabbccdd")
        >>> plan = BatchPlan(labels, classes_per_batch=2, samples_per_class=2)
        >>> x, y = BalancedBatches(images, plan)[0]
        >>> x.shape, y.tolist()
        ((4, 4), [2, 2, 0, 0])
        >>> x, y = BalancedBatches({"image": images, "age": np.arange(8)}, plan, y=(plan.codes, plan.codes % 2))[0]
        >>> x["age"].tolist(), y[1].tolist()
        ([5, 4, 0, 1], [0, 0, 0, 0])
    """

    def __init__(
        self,
        x: Any,
        plan: BatchPlan | PlanShard,
        *,
        y: Any = None,
        augment: keras.layers.Layer | dict[Any, keras.layers.Layer] | None = None,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        if not isinstance(plan, BatchPlan | PlanShard):
            raise TypeError(f"Expected `plan` to be a BatchPlan. Received: {type(plan).__name__}.")
        super().__init__(
            x,
            augment=augment,
            seed=plan.seed,
            first=plan.first,
            whole=plan.whole,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            max_queue_size=max_queue_size,
        )
        self.plan: BatchPlan | PlanShard = plan
        self.steps: int = plan.steps
        self.y: Any = plan.codes if y is None else _inputs.arrays("y", y)
        _inputs.check_length("x", self.x, len(plan.codes))
        _inputs.check_length("y", self.y, len(plan.codes))

    def planned(self, epoch: int, step: int) -> tuple[Any, Any]:
        indices = self.plan[epoch, step]
        return indices, _inputs.rows(self.y, indices)

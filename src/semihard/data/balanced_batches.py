"""A plan's batches, cut from arrays, as Keras's own kind of data set: for `fit` on every backend, with workers."""

import multiprocessing.dummy
import threading
from typing import Any

import keras
import numpy as np

from semihard.data.plan import BatchPlan, PlanShard


class BalancedBatches(keras.utils.PyDataset):
    """The batches of a `BatchPlan`: `fit(batches, shuffle=False, callbacks=[batches.callback])`.

    The callback tells the data set which epoch it is, so that `fit(initial_epoch=3)` gives the batches of epoch 3, as
    if training had never stopped; `fit` without it raises. Without `shuffle=False` Keras deals an epoch's batches in
    an order of its own.

    Args:
        x: [n, …], indexable by an array of indices: a NumPy array, a memory map, an h5py data set.
        plan: made from the n labels; or this process's shard of it.
        workers, use_multiprocessing, max_queue_size: as in `keras.utils.PyDataset`. The batches are the same for all.

    A batch is (x [P · K, …], class numbers int32 [P · K]); `plan.classes` are the labels they stand for.

    Raises:
        ValueError: `x` and the plan are of different lengths.
        TypeError: `plan` is no `BatchPlan`.

    Example:
        >>> images, labels = np.zeros((8, 4), "float32"), list("aabbccdd")
        >>> batches = BalancedBatches(images, BatchPlan(labels, classes_per_batch=2, samples_per_class=2))
        >>> x, y = batches[0]
        >>> x.shape, y.tolist()
        ((4, 4), [2, 2, 0, 0])
    """

    def __init__(
        self,
        x: Any,
        plan: BatchPlan | PlanShard,
        *,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        super().__init__(workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size)
        if not isinstance(plan, BatchPlan | PlanShard):
            raise TypeError(f"Expected `plan` to be a BatchPlan. Received: {type(plan).__name__}.")
        if len(x) != len(plan.codes):
            raise ValueError(f"Expected one label a sample. Received: {len(x)} samples, {len(plan.codes)} labels.")
        self.x, self.plan = x, plan
        self.callback = _TellEpoch(self)
        self._epoch: int | None = None
        self._ended = False

    def __len__(self) -> int:
        return self.plan.steps

    def __getitem__(self, step: int) -> tuple[Any, np.ndarray[Any, Any]] | None:
        if self._epoch is None and step > 0 and _in_worker():
            # Keras looks at one batch before training, to build the model; what its workers have prepared beyond that
            # it would hand out again at the start of epoch 0. It leaves out what is None.
            return None
        indices = self.plan[self._epoch or 0, step]
        return self.x[indices], self.plan.codes[indices]

    def on_epoch_begin(self) -> None:
        # Before training Keras may look at a batch to build the model, and always ends an epoch that never began.
        if self._ended and self._epoch is None:
            raise RuntimeError(
                "Expected `fit(batches, callbacks=[batches.callback])`. Received: no callback, without which every "
                "epoch would have the batches of epoch 0."
            )

    def on_epoch_end(self) -> None:
        self._ended = True

    def __getstate__(self) -> dict[str, Any]:
        # Worker processes get a copy; the callback, which holds the model, stays here.
        return {**self.__dict__, "callback": None}


def _in_worker() -> bool:
    """Whether this runs in a thread or process of Keras's own pool."""
    thread = isinstance(threading.current_thread(), multiprocessing.dummy.DummyProcess)
    return thread or multiprocessing.current_process().name.startswith("Keras_worker")


class _TellEpoch(keras.callbacks.Callback):
    """Tells the data set which epoch begins, before any worker is started for it."""

    def __init__(self, batches: BalancedBatches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._batches._epoch = epoch

    def on_train_end(self, logs: Any = None) -> None:
        self._batches._epoch, self._batches._ended = None, False

"""A plan's batches, as Keras's own kind of data set: for `fit` on every backend, with workers."""

import multiprocessing.dummy
import threading
from typing import Any

import keras
import numpy as np

from semihard import _checks
from semihard.data._augment import Augment
from semihard.data._tell_epoch import TellEpoch
from semihard.data.plan import BatchPlan, PlanShard


class BalancedBatches(keras.utils.PyDataset):
    """The batches of a `BatchPlan`: `fit(batches, shuffle=False, callbacks=[batches.callback])`.

    The callback tells the data set which epoch it is, so that `fit(initial_epoch=3)` gives the batches of epoch 3, as
    if training had never stopped; `fit` without it raises. Without `shuffle=False` Keras deals an epoch's batches in
    an order of its own.

    Args:
        x: [n, …], indexable by an array of indices: a NumPy array, a memory map, `ImageFiles`.
        plan: made from the n labels; or this process's shard of it.
        augment: a Keras layer (several in a `keras.Sequential`) that changes each sample by itself, in training mode,
            with random numbers that depend only on the plan's seed and the sample's place in it. Not with processes.
        workers, use_multiprocessing, max_queue_size: as in `keras.utils.PyDataset`. The batches are the same for all.

    A batch is (x [P · K, …], class numbers int32 [P · K]); `plan.classes` are the labels they stand for.

    Raises:
        ValueError: `x` and the plan are of different lengths, or `augment` should run in other processes.
        TypeError: `plan` is no `BatchPlan`, or `augment` no layer.

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
        augment: keras.layers.Layer | None = None,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        super().__init__(workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size)
        if not isinstance(plan, BatchPlan | PlanShard):
            raise TypeError(f"Expected `plan` to be a BatchPlan. Received: {type(plan).__name__}.")
        if len(x) != len(plan.codes):
            raise ValueError(f"Expected one label a sample. Received: {len(x)} samples, {len(plan.codes)} labels.")
        if augment is not None and use_multiprocessing:
            raise ValueError(
                "Expected `augment` without `use_multiprocessing`, since a backend does not survive in the copy of a "
                "process. Received both. Use threads: workers=2, use_multiprocessing=False."
            )
        self.x, self.plan = x, plan
        self.callback = TellEpoch(self)
        self._augment = None if augment is None else Augment(augment, plan.seed)
        self._epoch: int | None = None
        self._ended = False

    def set_epoch(self, epoch: int | None) -> None:
        """From now on give the batches of this epoch, counted from 0: for loops of your own, and for validation data.

        None: as before any training.
        """
        self._epoch = None if epoch is None else _checks.whole_number("epoch", epoch, 0)
        self._ended = False

    def __len__(self) -> int:
        return self.plan.steps

    def __getitem__(self, step: int) -> tuple[Any, np.ndarray[Any, Any]] | None:
        if self._epoch is None and step > 0 and _in_worker():
            # Keras looks at one batch before training, to build the model; what its workers have prepared beyond that
            # it would hand out again at the start of epoch 0. It leaves out what is None.
            return None
        return self.batch(step)

    def batch(self, step: int) -> tuple[Any, np.ndarray[Any, Any]]:
        """The batch of this step of the epoch that has been set, else of epoch 0."""
        epoch = self._epoch or 0
        indices = self.plan[epoch, step]
        x = self.x[indices]
        if self._augment is not None:
            x = self._augment(x, epoch, step, first=self.plan.first)
        return x, self.plan.codes[indices]

    def on_epoch_begin(self) -> None:
        # Before training Keras may look at a batch to build the model, and always ends an epoch that never began.
        if self._ended and self._epoch is None:
            raise RuntimeError(
                "Expected `fit(batches, callbacks=[batches.callback])`, or `batches.set_epoch(0)` for validation data. "
                "Received: neither, without which every epoch would have the batches of epoch 0."
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

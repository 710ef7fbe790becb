"""A plan's batches, as Keras's own kind of data set: for `fit` on every backend, with workers."""

from typing import Any

import keras

from semihard._core import checks
from semihard.data import _asked_by, _inputs
from semihard.data._augment import Augment
from semihard.data._epoch_callback import EpochCallback
from semihard.data._made_ahead import MadeAhead
from semihard.data.plan import BatchPlan, PlanShard


class BalancedBatches(MadeAhead):
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
        super().__init__(workers, use_multiprocessing, max_queue_size)
        if not isinstance(plan, BatchPlan | PlanShard):
            raise TypeError(f"Expected `plan` to be a BatchPlan. Received: {type(plan).__name__}.")
        if augment is not None and use_multiprocessing:
            raise ValueError(
                "Expected `augment` without `use_multiprocessing`, since a backend does not survive in the copy of a "
                "process. Received both. Use threads: workers=2, use_multiprocessing=False."
            )
        self.x, self.plan = _inputs.arrays("x", x), plan
        self.y = plan.codes if y is None else _inputs.arrays("y", y)
        _inputs.check_length("x", self.x, len(plan.codes))
        _inputs.check_length("y", self.y, len(plan.codes))
        self.callback = EpochCallback(self)
        self._augment = {name: Augment(layer, plan.seed, name) for name, layer in self._layers(augment).items()}
        self._epoch: int | None = None
        self._told = self._served = False
        self._ended: list[Any] = []

    def set_epoch(self, epoch: int | None) -> None:
        """From now on give the batches of this epoch, counted from 0: for loops of your own, and for validation data.

        None: as before any training.
        """
        self._close()
        self._epoch = None if epoch is None else checks.whole_number("epoch", epoch, 0)
        self._told = self._served = False
        self._ended = []

    def tell_epoch(self, epoch: int) -> None:
        """The next pass is this epoch, and the one after it must be told anew: for callbacks."""
        self.set_epoch(epoch)
        self._told = True

    def __len__(self) -> int:
        return self.plan.steps

    def batch(self, step: int) -> tuple[Any, Any]:
        """The batch of this step of the epoch that has been set, else of epoch 0."""
        epoch = self._epoch or 0
        indices = self.plan[epoch, step]
        x = _inputs.rows(self.x, indices)
        if self._augment:
            changed = _inputs.parts(x)
            for name, augment in self._augment.items():
                changed[name] = augment(changed[name], epoch, step, self.plan.first, self.plan.whole)
            x = _inputs.like(x, changed)
        return x, _inputs.rows(self.y, indices)

    def on_epoch_begin(self) -> None:
        calls = _asked_by.calls()
        if calls[:1] == ["predict"]:
            self._close()
            raise RuntimeError(
                "Expected samples in their order for `predict`. Received: BalancedBatches, which come in the order of "
                "the plan, where a sample may come twice or never. Use model.predict(InOrder(x, batch_size=32)), of "
                "semihard.data, for each sample of x once and in order."
            )
        self.begin_pass(_asked_by.caller(), within_fit=calls[:2] == ["evaluate", "fit"])
        if self._epoch is not None:
            super().on_epoch_begin()

    def on_epoch_end(self) -> None:
        super().on_epoch_end()
        self.end_pass(_asked_by.caller())

    def begin_pass(self, who: Any, within_fit: bool = False) -> None:
        """Raise `RuntimeError` where nothing has told the epoch of a pass of training; `who` asks for it."""
        if self._told and self._served and not within_fit:
            self._epoch, self._told = None, False  # left by a training that an error or Ctrl-C has stopped
        self._served = True
        # Before training Keras may look at a batch to build the model, and always ends an epoch that never began.
        if self._epoch is None and any(who is one for one in self._ended):
            self._ended = []  # the next is another training
            raise RuntimeError(
                "Expected `fit(batches, callbacks=[batches.callback])`, or `batches.set_epoch(0)` for validation data. "
                "Received: neither, without which every epoch would have the batches of epoch 0."
            )

    def end_pass(self, who: Any) -> None:
        """`who` has had a pass, or looked at a batch."""
        self._ended = [who]

    def _layers(self, augment: Any) -> dict[Any, Any]:
        if augment is None:
            return {}
        names = list(_inputs.parts(self.x))
        if names == [None]:
            return {None: augment}
        if not isinstance(augment, dict) or not set(augment) <= set(names):
            got = list(augment) if isinstance(augment, dict) else type(augment).__name__
            raise ValueError(
                f"Expected `augment` to name the inputs to change, of {names}, as in augment={{{names[0]!r}: layer}}. "
                f"Received: {got}."
            )
        return augment

    def __getstate__(self) -> dict[str, Any]:
        # The callback and whoever asks hold the model, which stays here.
        return {**super().__getstate__(), "callback": None, "_ended": []}

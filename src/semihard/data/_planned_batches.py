"""Batches that are a function of epoch and step, as Keras's own kind of data set: for `fit` on every backend."""

from typing import Any

import keras
import numpy as np

from semihard._core import checks
from semihard.data import _asked_by, _inputs
from semihard.data._augment import Augment
from semihard.data._epoch_callback import EpochCallback
from semihard.data._made_ahead import MadeAhead


class PlannedBatches(MadeAhead):
    """What `BalancedBatches`, `PairBatches` and `TripletBatches` share: epochs, workers, and augmentation.

    A subclass sets `steps`, and says in `planned` which samples a batch holds.

    Args:
        x, augment, workers, use_multiprocessing, max_queue_size: as in `BalancedBatches`.
        seed: of augmentation.
        first, whole: the place of the first sample in the whole batch, and the samples of that; of a shard.

    Attributes:
        steps: batches an epoch.
        callback: to be given to `fit`, to tell the epoch.
    """

    steps: int

    def __init__(
        self,
        x: Any,
        *,
        augment: keras.layers.Layer | dict[Any, keras.layers.Layer] | None,
        seed: int,
        first: int,
        whole: int,
        workers: int,
        use_multiprocessing: bool,
        max_queue_size: int,
    ) -> None:
        super().__init__(workers, use_multiprocessing, max_queue_size)
        if augment is not None and use_multiprocessing:
            raise ValueError(
                "Expected `augment` without `use_multiprocessing`, since a backend does not survive in the copy of a "
                "process. Received both. Use threads: workers=2, use_multiprocessing=False."
            )
        self.x: Any = _inputs.arrays("x", x)
        self.callback: EpochCallback = EpochCallback(self)
        self._first, self._whole = first, whole
        self._augment = {name: Augment(layer, seed, name) for name, layer in self._layers(augment).items()}
        self._epoch: int | None = None
        self._told = self._served = False
        self._ended: list[Any] = []

    def planned(self, epoch: int, step: int) -> tuple[np.ndarray[Any, Any], Any]:
        """Places in `x` [batch] of the samples of a batch, and their targets."""
        raise NotImplementedError

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
        return self.steps

    def batch(self, step: int) -> tuple[Any, Any]:
        """The batch of this step of the epoch that has been set, else of epoch 0."""
        epoch = self._epoch or 0
        indices, targets = self.planned(epoch, step)
        x = _inputs.rows(self.x, indices)
        if self._augment:
            changed = _inputs.parts(x)
            for name, augment in self._augment.items():
                changed[name] = augment(changed[name], epoch, step, self._first, self._whole)
            x = _inputs.like(x, changed)
        return x, targets

    def on_epoch_begin(self) -> None:
        calls = _asked_by.calls()
        if calls[:1] == ["predict"]:
            self._close()
            raise RuntimeError(
                f"Expected samples in their order for `predict`. Received: {type(self).__name__}, which come in the "
                "order of the plan, where a sample may come twice or never. Use "
                "model.predict(InOrder(x, batch_size=32)), of semihard.data, for each sample of x once and in order."
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

"""How a data set learns which epoch it is: Keras tells callbacks only."""

from typing import Any, Protocol

import keras


class HasEpochs(Protocol):
    """A data set that gives other batches in each epoch."""

    def set_epoch(self, epoch: int | None) -> None:
        """From now on it is this epoch; None: of no training."""

    def tell_epoch(self, epoch: int) -> None:
        """The next pass is this epoch."""


class EpochCallback(keras.callbacks.Callback):
    """Tells a data set which epoch begins, before any worker is started for it."""

    def __init__(self, batches: HasEpochs) -> None:
        super().__init__()
        self._batches = batches

    def on_train_begin(self, logs: Any = None) -> None:
        self._batches.set_epoch(None)  # a training that was stopped by an error has told no end

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._batches.tell_epoch(epoch)

    def on_train_end(self, logs: Any = None) -> None:
        self._batches.set_epoch(None)

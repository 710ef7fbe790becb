"""After a training that was refused, or stopped in the middle, the next is right: its batches or its error."""

import keras
import pytest

from semihard.data import BalancedBatches, BatchSampler
from tests.data.seen import EPOCHS, SAMPLES, Seen, fitted, plan, planned

WORKERS = pytest.mark.parametrize("workers", [1, 3])
ADVICE = r"callbacks=\[batches.callback\]"


class Stop(keras.callbacks.Callback):
    """Ctrl-C, or an error, in the middle of an epoch."""

    def __init__(self, error, epoch=1, step=2):
        super().__init__()
        self.error, self.place, self.epoch = error, (epoch, step), None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.place:
            raise self.error


def fit(batches, *callbacks, built=True):
    model = keras.Sequential([*([keras.Input((1,))] if built else []), keras.layers.Identity()])
    model.compile("sgd", loss=lambda y, x: keras.ops.mean(x, axis=-1), metrics=[Seen()])
    model.fit(batches, epochs=EPOCHS, shuffle=False, callbacks=list(callbacks), verbose=0)


@WORKERS
def test_the_right_fit_after_the_wrong_one(workers):
    batches = BalancedBatches(SAMPLES, plan(), workers=workers)
    for built in (False, True):
        with pytest.raises(RuntimeError, match=ADVICE):
            fit(batches, built=built)
        assert fitted(batches, batches.callback, epochs=EPOCHS) == planned()


@WORKERS
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("in a callback")])
@pytest.mark.parametrize("built", [False, True])
def test_fit_after_one_that_was_stopped(workers, error, built):
    batches = BalancedBatches(SAMPLES, plan(), workers=workers, max_queue_size=2)
    with pytest.raises(type(error)):
        fit(batches, batches.callback, Stop(error), built=built)
    with pytest.raises(RuntimeError, match=ADVICE):  # and not the batches of the epoch where it stopped
        fit(batches, built=built)
    with pytest.raises(type(error)):
        fit(batches, batches.callback, Stop(error), built=built)
    assert fitted(batches, batches.callback, epochs=EPOCHS) == planned()


def test_fit_after_a_callback_that_failed_at_its_begin():
    """It fails when Keras has built the model, and has ended an epoch that never began."""

    class Fails(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            raise ValueError("at its begin")

    batches = BalancedBatches(SAMPLES, plan())
    with pytest.raises(ValueError, match="at its begin"):
        fit(batches, Fails(), batches.callback, built=False)
    assert fitted(batches, batches.callback, epochs=EPOCHS) == planned()


def test_a_stopped_training_leaves_no_thread():
    import threading

    batches = BalancedBatches(SAMPLES, plan(), workers=3, max_queue_size=2)
    with pytest.raises(KeyboardInterrupt):
        fit(batches, batches.callback, Stop(KeyboardInterrupt()))
    pool = batches._pass.pool
    batches.set_epoch(None)
    pool.shutdown()
    # Those of earlier epochs, which are not waited for, end with the batch that they are at.
    for thread in threading.enumerate():
        if thread.name.startswith("semihard_batches"):
            thread.join(30)
            assert not thread.is_alive()


def test_shuffled_by_keras_nothing_piles_up():
    """Every batch still once; none but the asked are made ahead of an order that is not known."""
    batches = BalancedBatches(SAMPLES, plan(), workers=2)
    batches.tell_epoch(0)
    batches.on_epoch_begin()
    given = [batches[step][0].tolist() for step in (4, 1, 3, 0, 2)]
    assert given == [SAMPLES[plan()[0, step]].tolist() for step in (4, 1, 3, 0, 2)]
    assert not batches._pass._made
    batches.on_epoch_end()


def test_a_sampler_after_a_training_that_was_stopped():
    """Its watch over Keras's samplers begins anew."""
    sampler = BatchSampler(plan())
    next(iter(sampler))
    sampler.callback.on_train_begin()
    with pytest.raises(RuntimeError, match="auto_shard_dataset"):
        sampler.callback.on_train_batch_end(0)

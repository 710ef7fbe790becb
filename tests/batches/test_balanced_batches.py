"""What `fit` really gets from a plan: the same batches with and without workers, and after a restart."""

import keras
import numpy as np
import pytest

from semihard.data import BalancedBatches, BatchPlan

LABELS = np.arange(12).repeat(5)
SAMPLES = np.arange(60, dtype="float32")[:, None]
EPOCHS = 3


def plan():
    return BatchPlan(LABELS, 4, 3, seed=5)


class Seen(keras.metrics.Metric):
    """Σ (step + 1) · sample over the batch's samples of each epoch: a number that depends on their order."""

    def __init__(self):
        super().__init__(name="seen")
        self.step = self.add_variable((), "zeros", name="step")
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        del y_true, sample_weight
        places = keras.ops.arange(1, 13, dtype="float32")
        self.step.assign(self.step + 1)
        self.total.assign(self.total + self.step * keras.ops.sum(places * y_pred[:, 0]))

    def result(self):
        return self.total + 0.0


def expected(indices_of_steps):
    return sum((step + 1) * float(np.sum(np.arange(1, 13) * indices)) for step, indices in enumerate(indices_of_steps))


def fitted(batches, **options):
    """The number that stands for each epoch's batches, which the model's own training saw."""
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Identity()(inputs))
    model.compile("sgd", loss=lambda y, x: keras.ops.mean(x, axis=-1), metrics=[Seen()])
    history = model.fit(batches, shuffle=False, callbacks=[batches.callback], verbose=0, **options)
    return history.history["seen"]


def planned(first=0):
    whole = plan()
    return [expected([whole[epoch, step] for step in range(whole.steps)]) for epoch in range(first, EPOCHS)]


WORKERS = pytest.mark.parametrize(("workers", "processes"), [(1, False), (2, False), (2, True)])


@WORKERS
def test_fit_gets_the_plan_in_order(workers, processes):
    batches = BalancedBatches(SAMPLES, plan(), workers=workers, use_multiprocessing=processes)
    assert fitted(batches, epochs=EPOCHS) == planned()
    assert len(set(planned())) == EPOCHS


@WORKERS
def test_training_that_goes_on_gets_the_batches_it_would_have_had(workers, processes):
    batches = BalancedBatches(SAMPLES, plan(), workers=workers, use_multiprocessing=processes)
    assert fitted(batches, epochs=EPOCHS, initial_epoch=1) == planned(first=1)


def test_a_second_fit_starts_again():
    batches = BalancedBatches(SAMPLES, plan())
    assert fitted(batches, epochs=EPOCHS) == fitted(batches, epochs=EPOCHS) == planned()


def test_fit_without_the_callback_raises():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", loss="mse")
    with pytest.raises(RuntimeError, match=r"callbacks=\[batches.callback\]"):
        model.fit(BalancedBatches(SAMPLES, plan()), verbose=0)


def test_labels_are_class_numbers():
    whole = BatchPlan([f"class {label}" for label in LABELS], 4, 3)
    x, y = BalancedBatches(SAMPLES, whole)[1]
    assert y.dtype == np.int32
    assert [f"class {LABELS[int(sample)]}" for sample in x[:, 0]] == whole.classes[y].tolist()


def test_wrong_arguments_raise():
    with pytest.raises(ValueError, match="59 samples, 60 labels"):
        BalancedBatches(SAMPLES[:-1], plan())
    with pytest.raises(TypeError, match=r"BatchPlan.*list"):
        BalancedBatches(SAMPLES, [0] * 60)

"""Watch what `fit` really trains on: a number for each epoch that depends on its batches and their order."""

import keras
import numpy as np

from semihard.data import BatchPlan

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


def fitted(data, *callbacks, **options):
    """The number that stands for each epoch's batches, which the model's own training saw."""
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Identity()(inputs))
    model.compile("sgd", loss=lambda y, x: keras.ops.mean(x, axis=-1), metrics=[Seen()])
    history = model.fit(data, shuffle=False, callbacks=list(callbacks), verbose=0, **options)
    return history.history["seen"]


def planned(first=0):
    whole = plan()
    return [expected([whole[epoch, step] for step in range(whole.steps)]) for epoch in range(first, EPOCHS)]

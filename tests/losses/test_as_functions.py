"""Losses that are no loss object of ours: Keras casts their labels to float32 before anything else."""

import functools

import keras
import numpy as np
import pytest

from semihard.losses import TripletSemiHardLoss, supervised_contrastive_loss, triplet_semihard_loss

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(24, 6)).astype(np.float32), np.arange(24) % 4


class Own(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return triplet_semihard_loss(y_true, y_pred, 0.5, reduction=None)


def summed(y_true, y_pred):
    return triplet_semihard_loss(y_true, y_pred, 0.5) + 0.1 * supervised_contrastive_loss(y_true, y_pred)


def model_of(loss):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
    model.compile(keras.optimizers.SGD(0.1), loss=loss)
    return model


@pytest.mark.parametrize(
    "loss",
    [
        lambda y_true, y_pred: triplet_semihard_loss(y_true, y_pred, 0.5),
        functools.partial(triplet_semihard_loss, margin=0.5),
        Own(),
    ],
    ids=["lambda", "partial", "own loss"],
)
def test_functions_train_as_the_loss_object(loss):
    expected = model_of(TripletSemiHardLoss(0.5))
    found = model_of(loss)
    for model in (expected, found):
        model.fit(X, Y, batch_size=12, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(expected.get_weights(), found.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_sum_of_two_losses_trains():
    model = model_of(summed)
    expected = float(summed(Y, model.predict(X, verbose=0)))
    np.testing.assert_allclose(model.evaluate(X, Y, batch_size=24, verbose=0), expected, rtol=1e-5)
    losses = model.fit(X, Y, batch_size=24, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_labels_that_keras_has_rounded_are_loud():
    """16777216 and 16777217 arrive as one float32. Eager training (PyTorch) raises, compiled training gives NaN."""
    model = model_of(functools.partial(triplet_semihard_loss, margin=0.5))
    if keras.backend.backend() == "torch":
        with pytest.raises(ValueError, match="pass a loss object of semihard"):
            model.fit(X, Y + 2**24, verbose=0)
    else:
        assert np.isnan(model.fit(X, Y + 2**24, verbose=0).history["loss"][0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_float_labels_in_fit(dtype):
    """As `flow_from_directory(class_mode="sparse")` and buffers give them."""
    expected, found = model_of(TripletSemiHardLoss()), model_of(TripletSemiHardLoss())
    expected.fit(X, Y, batch_size=12, shuffle=False, verbose=0)
    found.fit(X, Y.astype(dtype)[:, None], batch_size=12, shuffle=False, verbose=0)
    np.testing.assert_array_equal(expected.get_weights()[0], found.get_weights()[0])

"""A batch in chunks: the gradient of the whole, random numbers that repeat, state that moves on once."""

import keras
import numpy as np
import pytest
from keras import ops

from semihard.layers import GradCache
from semihard.losses import TripletSemiHardLoss

X = np.random.default_rng(0).random((22, 6)).astype("float32")
Y = np.arange(22) % 4


def encoder(*between):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((6,)),
            # With "relu" a sample may have one active unit, and two such the same direction: rounding then mines.
            keras.layers.Dense(8, "tanh"),
            *between,
            keras.layers.Dense(3),
            keras.layers.UnitNormalization(),
        ]
    )


def trained(inner, chunks, batch_size=22):
    model = inner if chunks is None else keras.Sequential([keras.Input((6,)), GradCache(inner, chunks)])
    model.compile(keras.optimizers.SGD(0.5), loss=TripletSemiHardLoss())
    model.fit(X, Y, batch_size=batch_size, epochs=2, shuffle=False, verbose=0)
    return inner.get_weights()


def assert_close(one, other):
    for a, b in zip(one, other, strict=True):
        # A product of other shapes rounds otherwise, by 1e-6 after the steps; a pair too few or too many by 1e-3.
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("chunks", [1, 3, 22, 30])
def test_training_is_that_of_the_whole_batch(chunks):
    """A loss over pairs of one chunk would differ: pairs lie across chunks."""
    whole = trained(encoder(), None)
    assert np.abs(whole[0] - encoder().get_weights()[0]).max() > 1e-3  # it has moved
    assert_close(trained(encoder(), chunks), whole)


def test_dropout_repeats_its_choice_when_it_is_computed_again(monkeypatch):
    """The witness keeps all activations, and so needs nothing twice."""
    found = trained(encoder(keras.layers.Dropout(0.5, seed=1)), 3)
    monkeypatch.setattr(keras, "remat", lambda function: function)
    assert_close(found, trained(encoder(keras.layers.Dropout(0.5, seed=1)), 3))


def test_state_moves_on_once_a_chunk():
    # 22 samples in 2 chunks of 11, none of them twice.
    inner = encoder(keras.layers.BatchNormalization(), keras.layers.Dropout(0.5, seed=1))
    witness = encoder(keras.layers.BatchNormalization(), keras.layers.Dropout(0.5, seed=1))
    outputs = GradCache(inner, 2)(X, training=True)
    expected = ops.concatenate([witness(X[:11], training=True), witness(X[11:], training=True)])
    np.testing.assert_allclose(ops.convert_to_numpy(outputs), ops.convert_to_numpy(expected), atol=1e-6)
    for one, other in zip(inner.non_trainable_variables, witness.non_trainable_variables, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(one), ops.convert_to_numpy(other), atol=1e-6)


def test_a_last_batch_smaller_than_the_chunks():
    """22 samples in batches of 20 leave 2 for 5 chunks; the statistics of an empty chunk would be NaN."""
    inner = encoder(keras.layers.BatchNormalization())
    trained(inner, 5, batch_size=20)
    assert all(np.isfinite(array).all() for array in inner.get_weights())


def test_it_is_saved_and_shares_its_weights(tmp_path):
    inner = encoder()
    model = keras.Sequential([keras.Input((6,)), GradCache(inner, 4)])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.layers[-1].chunks == 4
    np.testing.assert_allclose(again.predict(X, verbose=0), inner.predict(X, verbose=0), atol=1e-6)


@pytest.mark.parametrize(("chunks", "error"), [(0, ValueError), (2.0, TypeError), ("two", TypeError)])
def test_chunks_that_are_no_number_raise(chunks, error):
    with pytest.raises(error, match="chunks"):
        GradCache(encoder(), chunks)

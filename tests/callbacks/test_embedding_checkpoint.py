"""Embeddings kept after each epoch: what they are, their names, and what is left of an earlier training."""

import keras
import numpy as np
import pytest

from semihard.callbacks import EmbeddingCheckpoint


def small_model():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dropout(0.5)])
    model.compile("sgd", loss="mse")
    return model


X = np.random.default_rng(0).random((10, 4), np.float32)


def fit(model, directory, **options):
    return model.fit(
        X, X[:, :3], verbose=0, shuffle=False, callbacks=[EmbeddingCheckpoint(X, directory, batch_size=4)], **options
    )


def test_the_last_file_is_what_the_model_predicts(tmp_path):
    """Ten samples in batches of four, four and two; dropout is off."""
    model = small_model()
    fit(model, tmp_path / "a" / "epochs", epochs=2)
    np.testing.assert_allclose(np.load(tmp_path / "a" / "epochs" / "002.npy"), model.predict(X, verbose=0), atol=1e-6)


def test_an_earlier_longer_training_leaves_nothing_behind(tmp_path):
    (tmp_path / "note.npy").write_text("not of ours")
    fit(small_model(), tmp_path, epochs=3)
    fit(small_model(), tmp_path, epochs=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["001.npy", "note.npy"]
    fit(small_model(), tmp_path, epochs=3, initial_epoch=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["001.npy", "002.npy", "003.npy", "note.npy"]


def test_training_is_the_same_with_it(tmp_path):
    weights = []
    for callbacks in ([], [EmbeddingCheckpoint(X, tmp_path)]):
        keras.utils.set_random_seed(0)
        model = small_model()
        model.fit(X, X[:, :3], epochs=2, verbose=0, callbacks=callbacks)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_batch_of_none_raises(tmp_path):
    with pytest.raises(ValueError, match="`batch_size` to be at least 1"):
        EmbeddingCheckpoint(X, tmp_path, batch_size=0)

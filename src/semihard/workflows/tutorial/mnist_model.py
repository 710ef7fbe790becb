"""The model of the TensorFlow Addons tutorial and its training."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from semihard import losses
from semihard.workflows.execution import JIT_COMPILE, STEPS_PER_EXECUTION, verbose
from semihard.workflows.tutorial._buffer_shuffle import buffer_shuffle

LEARNING_RATE = 1e-3
SHUFFLE_BUFFER = 1024


def build_model() -> keras.Model:
    """Return the tutorial's untrained model: images [batch, 28, 28, 1] → embeddings [batch, 256] of unit length.

    Example:
        >>> build_model().output_shape
        (None, 256)
    """
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.3),
            layers.Conv2D(32, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(256, activation=None),
            layers.UnitNormalization(axis=-1),
        ]
    )


def to_input(images: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return uint8 images [n, 28, 28] as the model's input: float32 [n, 28, 28, 1] from 0 to 1.

    Example:
        >>> inputs = to_input(np.full((2, 28, 28), 255, np.uint8))
        >>> inputs.shape, inputs.dtype, float(inputs.max())
        ((2, 28, 28, 1), dtype('float32'), 1.0)
    """
    return images[..., None] / np.float32(255)


def train(
    model: keras.Model,
    images: np.ndarray[Any, Any],
    labels: np.ndarray[Any, Any],
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> dict[str, list[float]]:
    """Compile and fit `model`; return name → value of each epoch.

    Args:
        model: as `build_model` returns it.
        images: float32 [n, 28, 28, 1].
        labels: integers [n].
        epochs: passes over the images.
        batch_size: images a step.
        seed: of the order; that of dropout is `keras.utils.set_random_seed`'s.
        callbacks: told of each epoch under its number.

    Example:
        >>> import contextlib, io
        >>> images, labels = np.random.default_rng(0).random((8, 28, 28, 1), np.float32), np.arange(8) % 2
        >>> with contextlib.redirect_stdout(io.StringIO()):  # Keras's progress bar
        ...     history = train(build_model(), images, labels, epochs=1, batch_size=8, seed=0)
        >>> list(history), len(history["loss"])
        (['loss'], 1)
    """
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    model.compile(
        optimizer,
        loss=losses.TripletSemiHardLoss(),
        jit_compile=JIT_COMPILE,
        steps_per_execution=STEPS_PER_EXECUTION,
    )
    history: dict[str, list[float]] = {}
    # Told of all epochs, for the progress bar, and stopped after its own.
    stop = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", True))
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        # One call of `fit` an epoch, since Keras shuffles an array as a whole, not through a buffer.
        order = buffer_shuffle(len(images), SHUFFLE_BUFFER, rng)
        one = model.fit(
            images[order],
            labels[order],
            batch_size=batch_size,
            shuffle=False,
            initial_epoch=epoch,
            epochs=epochs,
            verbose=verbose(),
            callbacks=[*callbacks, stop],
        )
        for name, values in one.history.items():
            history.setdefault(name, []).extend(float(value) for value in values)
    return history

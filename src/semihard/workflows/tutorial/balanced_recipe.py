"""The balanced recipe: what is learned of the digits in the time of the TensorFlow Addons tutorial, and less."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from semihard import data, losses
from semihard.workflows.execution import JIT_COMPILE, STEPS_PER_EXECUTION, feed, verbose

# Found on MNIST: balanced batches of a hundred bear a learning rate eight times the tutorial's, and half of its margin
# leaves the negatives that are far enough alone. The model was chosen on held-out training digits, with these.
BATCH_SIZE = 100
PEAK_LEARNING_RATE = 8e-3
MARGIN = 0.5


def build_balanced_model() -> keras.Model:
    """Return the recipe's untrained model: images [batch, 28, 28, 1] → embeddings [batch, 256] of unit length.

    Batch normalization (Ioffe, Szegedy 2015) lets it learn with large steps, and its last one centres the embeddings.

    Example:
        >>> build_balanced_model().output_shape
        (None, 256)
    """
    layers = keras.layers

    def convolution(filters: int) -> list[keras.layers.Layer]:
        # The moments of the last batches: with Keras's own 0.99 short trainings would be judged by those of the first.
        normalized = layers.BatchNormalization(momentum=0.9)
        return [layers.Conv2D(filters, 3, padding="same", use_bias=False), normalized, layers.ReLU()]

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *convolution(24),
            layers.MaxPooling2D(2),
            *convolution(48),
            layers.MaxPooling2D(2),
            *convolution(96),
            layers.Flatten(),
            layers.Dense(256),
            layers.BatchNormalization(momentum=0.9),
            layers.UnitNormalization(axis=-1),
        ]
    )


def train_balanced(
    model: keras.Model,
    images: np.ndarray[Any, Any],
    labels: np.ndarray[Any, Any],
    *,
    epochs: int,
    batch_size: int = BATCH_SIZE,
    steps: int | None = None,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> dict[str, list[float]]:
    """Compile and fit `model` on batches with as many images of each of their classes; return name → value an epoch.

    The learning rate rises for a tenth of the steps and falls along a cosine to a hundredth of its peak.

    Args:
        model: untrained; images → embeddings of unit length.
        images: float32 [n, height, width, channels].
        labels: integers [n].
        epochs: how many.
        batch_size: about how many images a step; `semihard.data.preflight` suggests the classes and samples of each.
        steps: batches an epoch; by default those of a pass over the images.
        seed: of the batches.
        callbacks: for `fit`.

    Raises:
        ValueError: no class has two images.

    Example:
        >>> import contextlib, io
        >>> images, labels = np.random.default_rng(0).random((8, 4), np.float32), np.arange(8) % 2
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.UnitNormalization()])
        >>> with contextlib.redirect_stdout(io.StringIO()):  # Keras's progress bar
        ...     history = train_balanced(model, images, labels, epochs=2, batch_size=4, seed=0)
        >>> len(history["loss"])
        2
    """
    suggestion = data.preflight(labels, min(batch_size, len(labels))).suggestion
    if suggestion is None:
        raise ValueError(
            "Expected a class of two samples or more, to form pairs. Received: classes of one sample only."
        )
    plan = data.BatchPlan(labels, *suggestion, seed, steps=steps)
    batches = data.BalancedBatches(images, plan)
    # Adam's step grows with the root of the batch size (Malladi et al. 2022, "On the SDEs and scaling rules for Adam").
    peak, total = PEAK_LEARNING_RATE * (plan.batch_size / BATCH_SIZE) ** 0.5, epochs * plan.steps
    warm_up = max(1, total // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        peak / 10, max(1, total - warm_up), alpha=0.01, warmup_target=peak, warmup_steps=warm_up
    )
    model.compile(
        keras.optimizers.Adam(rate),
        loss=losses.TripletSemiHardLoss(margin=MARGIN),
        jit_compile=JIT_COMPILE,
        steps_per_execution=STEPS_PER_EXECUTION,
    )
    history = model.fit(
        feed(batches), epochs=epochs, shuffle=False, verbose=verbose(), callbacks=[batches.callback, *callbacks]
    ).history
    return {name: [float(value) for value in values] for name, values in history.items()}

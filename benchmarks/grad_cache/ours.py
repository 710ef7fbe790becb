"""Worker: steps of a small convolutional model on one large batch of MNIST, whole or in chunks."""

import time

import keras
import numpy as np

from benchmarks.harness.clock import Peak
from benchmarks.harness.serve import serve
from semihard.datasets import mnist
from semihard.layers import GradCache
from semihard.losses import TripletSemiHardLoss


def encoder_of(shape):
    """The tutorial's model without its dropout, whose random numbers would differ between the ways."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(64, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(256),
            layers.UnitNormalization(),
        ]
    )


def steps(batch, chunks, count, save):
    """Train some steps; return the seconds of those after the first, and peak memory beyond the data in MB.

    The weights after the first step, and before, are saved.
    """
    keras.utils.set_random_seed(0)
    images = mnist()[0][0][:batch, ..., None].astype("float32") / 255
    # Four of a class, as in training with many classes: mining ten classes of a large batch costs more than the model.
    labels = np.arange(batch) // 4
    encoder = encoder_of(images.shape[1:])
    model = encoder if chunks is None else keras.Sequential([keras.Input(images.shape[1:]), GradCache(encoder, chunks)])
    model.compile(keras.optimizers.SGD(0.1), loss=TripletSemiHardLoss())
    weights = {f"before {i}": array for i, array in enumerate(encoder.get_weights())}
    seconds = []
    with Peak() as peak:
        for step in range(1 + count):
            start = time.perf_counter()
            loss = float(model.train_on_batch(images, labels))
            seconds.append(time.perf_counter() - start)
            if not step:
                weights |= {f"after {i}": array for i, array in enumerate(encoder.get_weights())}
                first = loss
    np.savez(save, **weights)
    return {"seconds": float(np.median(seconds[1:])), "peak": peak.megabytes, "loss": first}


if __name__ == "__main__":
    serve({"steps": steps})

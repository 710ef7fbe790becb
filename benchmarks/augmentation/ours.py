"""Worker: both ways of augmenting, in turn in one process, on the backend that KERAS_BACKEND names."""

import statistics
import time

import keras
import numpy as np

from benchmarks.harness.serve import serve
from semihard.data._augment import Augment

WARM = 3  # rounds that are not counted


class Own(keras.layers.Layer):
    """A user's layer, of which nothing is known."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = keras.random.SeedGenerator(1)

    def call(self, x):
        return x + keras.random.uniform((), seed=self.generator)


def layers(way: str):
    """Return a Keras layer."""
    of = keras.layers
    return keras.Sequential(
        {
            "five layers": [
                of.RandomFlip("horizontal"),
                of.RandomRotation(0.1),
                of.RandomTranslation(0.1, 0.1),
                of.RandomBrightness(0.2),
                of.RandomContrast(0.2),
            ],
            "flip, brightness": [of.RandomFlip("horizontal"), of.RandomBrightness(0.2)],
            "flip, crop": [of.RandomFlip("horizontal"), of.RandomCrop(80, 80)],
            "own layer": [Own()],
        }[way]
    )


def measure(way, batch, side, rounds):
    """Return milliseconds of the layer on the batch and of ours, and the median of the rounds' ratios."""
    images = np.random.default_rng(0).uniform(0, 255, (batch, side, side, 3)).astype("float32")
    layer = layers(way)
    augment = Augment(layer, 0)
    sides = (
        lambda: keras.ops.convert_to_numpy(layer(images, training=True)),
        lambda: augment(images, 0, 0, 0, batch),
    )
    times = []
    for number in range(rounds + WARM):
        pair = []
        for run in sides if number % 2 else sides[::-1]:
            start = time.perf_counter()
            run()
            pair.append(time.perf_counter() - start)
        times.append(pair if number % 2 else pair[::-1])
    times = times[WARM:]
    theirs, ours = (statistics.median(pair[which] for pair in times) * 1e3 for which in (0, 1))
    return {"theirs": theirs, "ours": ours, "ratio": statistics.median(pair[1] / pair[0] for pair in times)}


if __name__ == "__main__":
    serve({"measure": measure})

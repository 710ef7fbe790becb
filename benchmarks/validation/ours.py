"""Worker: steps of the MNIST tutorial, and evaluations of many held-out images by the callback."""

import time

import keras
import numpy as np
from PIL import Image

from benchmarks.harness.mnist import read_mnist
from benchmarks.harness.serve import serve
from semihard.callbacks import EmbeddingEvaluation
from semihard.losses import TripletSemiHardLoss
from semihard.workflows.tutorial import mnist_model as recipe

BATCH = 32


def turned(digits, count):
    """Return `count` pictures uint8 [count, 28, 28], the digits again and again, each time turned; and by how much."""
    angles = np.random.default_rng(0).uniform(-15, 15, count)
    found = np.empty((count, 28, 28), "uint8")
    for i, angle in enumerate(angles):
        found[i] = Image.fromarray(digits[i % len(digits)]).rotate(angle, Image.Resampling.BILINEAR)
    return found, angles


class Tutorial:
    """A model that is trained, and held-out images."""

    def start(self, data, images):
        """Make both, and compile what training and evaluating need; return what ran."""
        keras.utils.set_random_seed(0)
        (train, self.labels), (test, labels) = read_mnist(data)
        self.train = recipe.to_input(train[..., 0])
        pictures, angles = turned(test[..., 0], images)
        digit = labels[np.arange(images) % len(labels)]
        self.held_out = recipe.to_input(pictures)
        # A digit turned by about as much: a thousand classes.
        self.held_out_labels = {10: digit, 1000: 100 * digit + ((angles + 15) * 100 / 30).astype(int)}
        self.model = recipe.build_model()
        self.model.compile("adam", loss=TripletSemiHardLoss())
        self.model.fit(self.train[: 4 * BATCH], self.labels[: 4 * BATCH], batch_size=BATCH, verbose=0)
        self.evaluate(512, 10)
        return f"keras {keras.__version__} on {keras.backend.backend()}"

    def epoch(self, steps):
        """Train for some steps; return what an epoch of such takes: seconds, and those of all cores."""
        rows, times = steps * BATCH, len(self.labels) / (steps * BATCH)
        begin, work = time.perf_counter(), time.process_time()
        self.model.fit(self.train[:rows], self.labels[:rows], batch_size=BATCH, verbose=0)
        return {"seconds": times * (time.perf_counter() - begin), "work": times * (time.process_time() - work)}

    def evaluate(self, samples, classes):
        """Evaluate by the callback; return the seconds of its parts, those of all cores, and the figures."""
        evaluation = EmbeddingEvaluation((self.held_out, self.held_out_labels[classes]), samples=samples)
        evaluation.set_model(self.model)
        work = time.process_time()
        found = evaluation.evaluate()
        return {"work": time.process_time() - work, **evaluation.cost._asdict(), "figures": found}


if __name__ == "__main__":
    tutorial = Tutorial()
    serve({"start": tutorial.start, "epoch": tutorial.epoch, "evaluate": tutorial.evaluate})

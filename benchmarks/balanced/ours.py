"""Worker: digits, or what has their form, on balanced batches, on the backend that KERAS_BACKEND names."""

import time

import keras
import numpy as np

from benchmarks.harness.mnist import read_mnist
from benchmarks.harness.serve import serve
from semihard.workflows.tutorial.balanced_recipe import build_balanced_model, train_balanced
from semihard.workflows.tutorial.mnist_model import build_model, to_input

MODELS = {"addons": build_model, "balanced": build_balanced_model}


class Tutorial:
    """One model, trained by one request."""

    def start(self, data, seed, model):
        """Load the data and build the tutorial's model or the recipe's; return what ran."""
        keras.utils.set_random_seed(seed)
        (images, self.labels), (test, _) = read_mnist(data)
        self.images, self.test = to_input(images[..., 0]), to_input(test[..., 0])
        self.seed, self.model = seed, MODELS[model]()
        return f"keras {keras.__version__} on {keras.backend.backend()}"

    def train(self, epochs):
        """Train; return the seconds of all of it, compilation included, and the last epoch's loss."""
        start = time.perf_counter()
        history = train_balanced(self.model, self.images, self.labels, epochs=epochs, seed=self.seed)
        return {"seconds": time.perf_counter() - start, "loss": history["loss"][-1]}

    def embed(self, to):
        """Save the embeddings of the test set, [10000, 256]."""
        np.save(to, self.model.predict(self.test, batch_size=250, verbose=0))


if __name__ == "__main__":
    tutorial = Tutorial()
    serve({"start": tutorial.start, "train": tutorial.train, "embed": tutorial.embed})

"""Worker: the same tutorial on semihard, on the backend that KERAS_BACKEND names, as the recipe runs it."""

import time

import keras
import numpy as np

from benchmarks.harness.mnist import read_mnist
from benchmarks.harness.serve import serve
from semihard.losses import TripletSemiHardLoss
from semihard.workflows import execution
from semihard.workflows.tutorial import mnist_model as recipe
from semihard.workflows.tutorial._buffer_shuffle import buffer_shuffle


class Tutorial:
    """One model in training, an epoch a request, so that the driver can interleave peers."""

    def start(self, data, seed, batch_size):
        """Load the data, build and compile; return what ran."""
        keras.utils.set_random_seed(seed)
        self.random = np.random.default_rng(seed)
        (images, self.labels), (test, _) = read_mnist(data)
        self.images, self.test = recipe.to_input(images[..., 0]), recipe.to_input(test[..., 0])
        self.batch_size = batch_size
        self.model = recipe.build_model()
        optimizer = keras.optimizers.Adam(recipe.LEARNING_RATE)
        self.model.compile(
            optimizer,
            loss=TripletSemiHardLoss(),
            jit_compile=execution.JIT_COMPILE,
            steps_per_execution=execution.STEPS_PER_EXECUTION,
        )
        return f"keras {keras.__version__} on {keras.backend.backend()}"

    def epoch(self):
        """Train one epoch; return its seconds, from its shuffle to its last batch, and its loss."""
        ends = []
        start = time.perf_counter()
        order = buffer_shuffle(len(self.images), recipe.SHUFFLE_BUFFER, self.random)
        history = self.model.fit(
            self.images[order],
            self.labels[order],
            batch_size=self.batch_size,
            shuffle=False,
            verbose=0,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))],
        )
        return {"seconds": ends[0] - start, "loss": float(history.history["loss"][-1])}

    def embed(self, to):
        """Save the embeddings of the test set, [10000, 256]."""
        np.save(to, self.model.predict(self.test, batch_size=self.batch_size, verbose=0))


if __name__ == "__main__":
    tutorial = Tutorial()
    serve({"start": tutorial.start, "epoch": tutorial.epoch, "embed": tutorial.embed})

"""Worker: the same tutorial on semihard, on the backend that KERAS_BACKEND names."""

import time

import keras
import numpy as np
from _mnist import read_mnist
from _serve import serve
from keras import layers

from semihard.losses import TripletSemiHardLoss


class Tutorial:
    """One model in training, an epoch a request, so that the driver can interleave peers."""

    def start(self, data, seed, batch_size):
        """Load the data, build and compile; return what ran."""
        keras.utils.set_random_seed(seed)
        (images, self.labels), (test, _) = read_mnist(data)
        self.images, self.test = images.astype("float32") / 255, test.astype("float32") / 255
        self.batch_size = batch_size
        backend = keras.backend.backend()
        self.model = keras.Sequential(
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
                layers.UnitNormalization(),
            ]
        )
        # XLA on a CPU replaces TensorFlow's oneDNN convolutions by slower ones.
        jit = {"tensorflow": False}.get(backend, "auto")
        self.model.compile(keras.optimizers.Adam(0.001), TripletSemiHardLoss(), jit_compile=jit)
        return f"keras {keras.__version__}, {backend}"

    def epoch(self):
        """Train one epoch; return its seconds, from its first batch to its last, and its loss."""
        times = []
        clock = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda *_: times.append(time.perf_counter()),
            on_epoch_end=lambda *_: times.append(time.perf_counter()),
        )
        history = self.model.fit(
            self.images, self.labels, batch_size=self.batch_size, epochs=1, verbose=0, callbacks=[clock]
        )
        return {"seconds": times[1] - times[0], "loss": float(history.history["loss"][-1])}

    def embed(self, to):
        """Save the embeddings of the test set, [10000, 256]."""
        np.save(to, self.model.predict(self.test, batch_size=self.batch_size, verbose=0))


if __name__ == "__main__":
    tutorial = Tutorial()
    serve({"start": tutorial.start, "epoch": tutorial.epoch, "embed": tutorial.embed})

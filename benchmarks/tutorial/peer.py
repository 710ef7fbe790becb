"""Worker: the MNIST tutorial of TensorFlow Addons, as its documentation had it, on the real TensorFlow Addons."""

import time
from importlib.metadata import version

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa

from benchmarks.harness.mnist import read_mnist
from benchmarks.harness.serve import serve


class Tutorial:
    """One model in training, an epoch a request, so that the driver can interleave peers."""

    def start(self, data, seed, batch_size):
        """Load the data, build and compile; return what ran."""
        tf.keras.utils.set_random_seed(seed)
        train, test = read_mnist(data)
        layers = tf.keras.layers
        self.model = tf.keras.Sequential(
            [
                layers.Conv2D(64, 2, padding="same", activation="relu", input_shape=(28, 28, 1)),
                layers.MaxPooling2D(2),
                layers.Dropout(0.3),
                layers.Conv2D(32, 2, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Dropout(0.3),
                layers.Flatten(),
                layers.Dense(256, activation=None),
                layers.Lambda(lambda x: tf.math.l2_normalize(x, axis=1)),
            ]
        )
        self.model.compile(optimizer=tf.keras.optimizers.Adam(0.001), loss=tfa.losses.TripletSemiHardLoss())

        def normalise(images, labels):
            return tf.cast(images, tf.float32) / 255.0, labels

        self.train = tf.data.Dataset.from_tensor_slices(train).shuffle(1024).batch(batch_size).map(normalise)
        self.test = tf.data.Dataset.from_tensor_slices(test).batch(batch_size).map(normalise)
        return f"tensorflow-addons {version('tensorflow-addons')}, tensorflow {tf.__version__}"

    def epoch(self):
        """Train one epoch; return its seconds, from its shuffle to its last batch, and its loss."""
        # Not the whole of fit: taking down a tf.data iterator on a busy machine can wait for its tuning thread, which
        # sleeps twice as long each time (so epochs of exactly 41 or 82 s), and that is not training.
        ends = []
        clock = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))
        start = time.perf_counter()
        history = self.model.fit(self.train, epochs=1, verbose=0, callbacks=[clock])
        return {"seconds": ends[0] - start, "loss": float(history.history["loss"][-1])}

    def embed(self, to):
        """Save the embeddings of the test set, [10000, 256]."""
        np.save(to, self.model.predict(self.test, verbose=0))


if __name__ == "__main__":
    tutorial = Tutorial()
    serve({"start": tutorial.start, "epoch": tutorial.epoch, "embed": tutorial.embed})

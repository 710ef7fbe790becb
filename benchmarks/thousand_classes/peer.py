"""Worker: an embedding of a thousand classes, trained on random batches with the real TensorFlow Addons."""

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa

from benchmarks.harness.serve import serve
from benchmarks.thousand_classes.classes import WIDTH, make


class Training:
    """One model in training, an epoch a request."""

    def start(self, classes, samples, batch_size, seed, sampler):
        """Make the data and the model; return what runs."""
        del sampler  # it has one only
        tf.keras.utils.set_random_seed(seed)
        (self.x, self.labels), (self.unseen, _) = make(classes, samples, seed)
        self.batch_size = batch_size
        layers = tf.keras.layers
        self.model = tf.keras.Sequential(
            [
                layers.Dense(256, activation="relu", input_shape=(WIDTH,)),
                layers.Dense(64),
                layers.Lambda(lambda x: tf.math.l2_normalize(x, axis=1)),
            ]
        )
        self.model.compile(optimizer=tf.keras.optimizers.Adam(0.001), loss=tfa.losses.TripletSemiHardLoss())
        return f"tensorflow-addons {tfa.__version__}"

    def epoch(self):
        """Train one epoch; return its loss, and the number of the first batch whose loss was NaN, if any."""
        first = []
        watch = tf.keras.callbacks.LambdaCallback(
            on_batch_end=lambda batch, logs: first.append(batch) if not first and np.isnan(logs["loss"]) else None
        )
        history = self.model.fit(
            self.x, self.labels, batch_size=self.batch_size, verbose=0, shuffle=True, callbacks=[watch]
        )
        return {"loss": float(history.history["loss"][-1]), "nan_from": first[0] if first else None}

    def embed(self, to):
        """Save the embeddings of the unseen classes."""
        np.save(to, self.model.predict(self.unseen, batch_size=1000, verbose=0))


if __name__ == "__main__":
    training = Training()
    serve({"start": training.start, "epoch": training.epoch, "embed": training.embed})

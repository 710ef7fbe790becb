"""Worker: the same embedding on semihard, on the backend that KERAS_BACKEND names, on random or balanced batches."""

import keras
import numpy as np

from benchmarks.harness.serve import serve
from benchmarks.thousand_classes.classes import WIDTH, make
from semihard.data import BalancedBatches, BatchPlan, preflight
from semihard.losses import TripletSemiHardLoss


class Training:
    """One model in training, an epoch a request."""

    def start(self, classes, samples, batch_size, seed, sampler):
        """Make the data and the model; return what runs."""
        keras.utils.set_random_seed(seed)
        (x, labels), (self.unseen, _) = make(classes, samples, seed)
        if sampler == "balanced":
            batches = BalancedBatches(x, BatchPlan(labels, *preflight(labels, batch_size).suggestion, seed=seed))
            self.fed = {"x": batches, "shuffle": False, "callbacks": [batches.callback]}
        else:
            self.fed = {"x": x, "y": labels, "batch_size": batch_size, "shuffle": True}
        layers = keras.layers
        self.model = keras.Sequential(
            [
                keras.Input((WIDTH,)),
                layers.Dense(256, activation="relu"),
                layers.Dense(64),
                layers.UnitNormalization(),
            ]
        )
        self.model.compile(keras.optimizers.Adam(0.001), loss=TripletSemiHardLoss())
        self.epochs = 0
        return f"keras {keras.__version__} on {keras.backend.backend()}"

    def epoch(self):
        """Train one epoch; return its loss."""
        self.epochs += 1
        history = self.model.fit(**self.fed, initial_epoch=self.epochs - 1, epochs=self.epochs, verbose=0)
        return {"loss": float(history.history["loss"][-1]), "nan_from": None}

    def embed(self, to):
        """Save the embeddings of the unseen classes."""
        np.save(to, self.model.predict(self.unseen, batch_size=1000, verbose=0))


if __name__ == "__main__":
    training = Training()
    serve({"start": training.start, "epoch": training.epoch, "embed": training.embed})

"""Worker: trains the small encoder with one loss on some classes, judges it on others."""

import math
import time

import keras
import numpy as np

import semihard
from benchmarks.harness.serve import serve
from benchmarks.unseen_classes.images import load
from benchmarks.unseen_classes.rows import ROWS, Row
from semihard import data, layers, losses
from semihard.workflows.execution import JIT_COMPILE, feed

EPOCHS = 10  # stairs of the learning rate, which falls along half a cosine
VALIDATION_FRACTION = 0.4  # of the training classes
PREDICTED = 250  # images at a time


class PairsLoss(losses.EmbeddingLoss):
    """`npairs_loss` of the even rows with the odd ones, which have the same labels in balanced batches."""

    def call(self, y_true, y_pred):
        similarities = y_pred[0::2] @ keras.ops.transpose(y_pred[1::2])
        return losses.npairs_loss(y_true[0::2], similarities, reduction=None)


def make_loss(row: Row):
    """The loss object of a row."""
    if row.make == "cross-entropy":
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return PairsLoss() if row.make == "pairs" else getattr(losses, row.make)(**row.options)


def build(shape, dim, row, classes):
    """Return the encoder, uint8 [batch, *shape] → [batch, dim], and the model that is trained, with the row's head."""
    encoder = keras.Sequential(
        [
            keras.Input(shape, dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(dim),
        ]
    )
    head = {
        "unit": lambda: keras.layers.UnitNormalization(axis=-1),
        "raw": lambda: keras.layers.Identity(),
        "cosine": lambda: layers.CosineClassifier(classes, centers=row.centers),
        "dense": lambda: keras.layers.Dense(classes),
    }[row.head]()
    return encoder, keras.Sequential([encoder, head])


class Comparison:
    """The data, and one compiled model for each loss and number of classes, which every run starts afresh."""

    def __init__(self):
        self.models, self.judge = {}, None

    def start(self, images, size, channels, dim, steps, classes_per_batch, batch_size, folds, validation):
        """Load the data; return what runs, and how many images and classes there are to divide."""
        (self.x, self.labels), (self.test, self.test_labels) = load(images, size, channels)
        self.dim, self.steps, self.folds, self.validation = dim, steps, folds, validation
        self.classes_per_batch, self.batch_size = classes_per_batch, batch_size
        self.shape, self.separate = self.x.shape[1:], self.test is not self.x
        return {
            "version": f"keras {keras.__version__} on {keras.backend.backend()}",
            "images": len(self.x),
            "classes": len(np.unique(self.labels)),
        }

    def split(self, seed):
        """Return the labels to train on and those to judge on."""
        train, _ = data.split_classes(self.labels, seed=seed)
        known = np.unique(self.labels[train])
        return {
            "train": [str(label) for label in known],
            "test": [str(label) for label in np.setdiff1d(np.unique(self.test_labels), known)],
        }

    def validate(self, loss, seed, rate):
        """Train on some of the training classes, judge on images of the other ones; MAP@R, the mean over folds."""
        known, _ = data.split_classes(self.labels, seed=seed)
        labels, scores = self.labels[known], []
        for fold in range(self.folds):
            train, held = data.split_classes(labels, VALIDATION_FRACTION, seed=1000 * (fold + 1) + seed)
            if len(held) > self.validation:
                held = np.random.default_rng(seed).choice(held, self.validation, replace=False)
            weights, _ = self._train(loss, seed, rate, known[train])
            scores.append(self._judge(weights, self.x[known[held]], labels[held])["map_at_r"])
        return {"map_at_r": None if None in scores else sum(scores) / len(scores)}

    def test_unseen(self, loss, seed, rate):
        """Train on the training classes, judge on the other ones; `seen`: MAP@R of test images of the training ones."""
        known, _ = data.split_classes(self.labels, seed=seed)
        weights, answer = self._train(loss, seed, rate, known)
        seen = np.isin(self.test_labels, self.labels[known])
        answer |= self._judge(weights, self.test[~seen], self.test_labels[~seen])
        if self.separate:
            answer["seen"] = self._judge(weights, self.test[seen], self.test_labels[seen])["map_at_r"]
        return answer

    def _train(self, loss, seed, rate, chosen):
        row, labels = ROWS[loss], self.labels[chosen]
        classes = len(np.unique(labels))
        if not row.make:
            keras.utils.set_random_seed(seed)
            return build(self.shape, self.dim, row, classes)[0].get_weights(), {"seconds": 0.0, "loss": None}
        per_batch = min(self.classes_per_batch, classes)
        plan = data.BatchPlan(
            labels, per_batch, max(2, self.batch_size // per_batch // 2 * 2), seed, steps=self.steps // EPOCHS
        )
        batches = data.BalancedBatches(self.x[chosen], plan)
        if (loss, classes) not in self.models:
            self.models[loss, classes] = self._compiled(row, classes, batches)
        encoder, model = self.models[loss, classes]
        self._reset(model, row, classes, seed)
        stairs = keras.callbacks.LearningRateScheduler(
            lambda epoch: rate * (0.5 + 0.5 * math.cos(math.pi * epoch / EPOCHS))
        )
        start = time.perf_counter()
        history = self._fit(model, batches, EPOCHS, [stairs])
        seconds = time.perf_counter() - start
        return encoder.get_weights(), {"seconds": seconds, "loss": float(history["loss"][-1])}

    def _compiled(self, row, classes, batches):
        encoder, model = build(self.shape, self.dim, row, classes)
        tensorflow = keras.backend.backend() == "tensorflow"
        model.compile(
            keras.optimizers.Adam(),
            loss=make_loss(row),
            jit_compile=JIT_COMPILE,
            steps_per_execution=self.steps // EPOCHS if tensorflow else 1,
        )
        self._fit(model, batches, 1, [])  # so that no run's seconds hold the compilation
        return encoder, model

    def _fit(self, model, batches, epochs, callbacks):
        batches.set_epoch(None)
        return model.fit(
            feed(batches), epochs=epochs, shuffle=False, verbose=0, callbacks=[batches.callback, *callbacks]
        ).history

    def _reset(self, model, row, classes, seed):
        """Give a model the initial weights of a seed, and an optimizer that has done nothing."""
        keras.utils.set_random_seed(seed)
        model.set_weights(build(self.shape, self.dim, row, classes)[1].get_weights())
        for variable in model.optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def _judge(self, weights, images, labels):
        # One encoder for all losses, and whole batches only, since JAX compiles for each model and each size.
        if self.judge is None:
            self.judge = build(self.shape, self.dim, ROWS["untrained"], 0)[0]
        self.judge.set_weights(weights)
        whole = np.concatenate([images, np.zeros((-len(images) % PREDICTED, *self.shape), images.dtype)])
        found = self.judge.predict(whole, batch_size=PREDICTED, verbose=0)[: len(images)].astype("float64")
        if not np.isfinite(found).all():
            return {"map_at_r": None, "recall_at_1": None}
        # Cosines for every loss, as a search engine would have them.
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        figures = semihard.evaluate(found, labels, ks=[1], resamples=0).figures
        return {name: figures[name].value for name in ("map_at_r", "recall_at_1")}


if __name__ == "__main__":
    comparison = Comparison()
    serve(
        {
            "start": comparison.start,
            "split": comparison.split,
            "validate": comparison.validate,
            "test": comparison.test_unseen,
        }
    )

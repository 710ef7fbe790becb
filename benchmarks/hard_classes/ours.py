"""Worker: trains a layer on frozen features, with a share of hard classes in each batch, and judges it."""

import time

import keras
import numpy as np

import semihard
from benchmarks.harness.serve import serve
from semihard import data, datasets, losses
from semihard.callbacks import HardClasses
from semihard.evaluation import nearest_classes
from semihard.models import pretrained_backbone
from semihard.workflows.execution import JIT_COMPILE, feed

DIM, RATE, NEAR = 256, 1e-3, 16


class Comparison:
    """The features of all images, and how their classes are divided."""

    def start(self, images, size):
        """Compute the features once; return what runs, and how many images and classes there are."""
        if images.endswith(".npz"):
            drawn = datasets.LabeledImages.load(images)
            pixels, self.labels, self.split = drawn.images, drawn.labels, lambda seed: drawn.split(seed)[::2]
        else:
            pixels = data.ImageFiles(images, (size, size))
            self.labels = semihard.encode_labels(pixels.labels)[0]
            self.split = lambda seed: data.split_classes(self.labels, seed=seed)
        backbone = pretrained_backbone("efficientnet_lite0", tuple(pixels.shape[1:]))
        features = backbone.predict(data.InOrder(pixels, 64), verbose=0)
        self.features = features / features.std()
        version = f"keras {keras.__version__} on {keras.backend.backend()}"
        return {"version": version, "images": len(pixels), "classes": len(np.unique(self.labels))}

    def train(self, loss, hard, seed, epochs, classes_per_batch, samples_per_class):
        """Train on the classes of a seed, and search the others."""
        train, test = self.split(seed)
        x = self.features[train]
        plan = data.BatchPlan(self.labels[train], classes_per_batch, samples_per_class, seed, hard=hard)
        batches = data.BalancedBatches(x, plan)
        keras.utils.set_random_seed(seed)
        layers = [keras.Input(x.shape[1:]), keras.layers.Dense(DIM), keras.layers.UnitNormalization()]
        model = keras.Sequential(layers)
        rate = keras.optimizers.schedules.CosineDecay(RATE, epochs * plan.steps)
        name, arguments = loss.removesuffix(")").split("(")
        objective = getattr(losses, name)(*map(float, filter(None, [arguments])))
        model.compile(keras.optimizers.Adam(rate), loss=objective, jit_compile=JIT_COMPILE)
        callbacks = [batches.callback, *([HardClasses(plan, x)] if hard else [])]
        start = time.perf_counter()
        model.fit(feed(batches), epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks)
        seconds = time.perf_counter() - start
        found = model.predict(self.features[test], batch_size=1000, verbose=0)
        figures = semihard.evaluate(found, self.labels[test], ks=[1], resamples=0).figures
        nearest = nearest_classes(model.predict(x, batch_size=1000, verbose=0), plan.codes, NEAR)[1]
        beside = _beside(plan, nearest, epochs - 1)
        return {"seconds": seconds, "beside": beside, **{n: figures[n].value for n in ("map_at_r", "recall_at_1")}}


def _beside(plan, nearest, epoch):
    """The part of the classes of an epoch's batches that have one near to them in their batch."""
    shares = []
    for step in range(plan.steps):
        classes = plan.codes[plan[epoch, step][:: plan.samples_per_class]]
        near = np.array([np.isin(classes, nearest[code]) for code in classes])
        shares.append((near | near.T).any(axis=1).mean())
    return float(np.mean(shares))


if __name__ == "__main__":
    comparison = Comparison()
    serve({"start": comparison.start, "train": comparison.train})

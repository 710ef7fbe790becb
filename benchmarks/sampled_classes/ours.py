"""Worker: steps of ArcFace over many classes, all of them or some a step."""

import time

import keras
import numpy as np

from benchmarks.harness.clock import Peak
from benchmarks.harness.serve import serve
from semihard.layers import CosineClassifier
from semihard.losses import ArcFaceLoss
from semihard.models import SampledClasses


def steps(classes, samples, batch, dim, count):
    """Train some steps; return the median of their seconds after the first, and the peak of memory in MB.

    `samples` None: the plain model. The peak is above what there was before the model was made.
    """
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(batch, dim)).astype("float32"), rng.integers(0, classes, batch)
    seconds = []
    with Peak() as peak:
        encoder = keras.Sequential([keras.Input((dim,)), keras.layers.Dense(dim)])
        classifier = CosineClassifier(classes)
        if samples is None:
            model = keras.Sequential([encoder, classifier])
        else:
            model = SampledClasses(encoder, classifier, samples, seed=0)
        model.compile(keras.optimizers.SGD(0.1), loss=ArcFaceLoss())
        for _ in range(1 + count):
            start = time.perf_counter()
            loss = float(model.train_on_batch(x, labels))
            seconds.append(time.perf_counter() - start)
    vectors = classes * dim * 4 / 1e6
    return {"seconds": float(np.median(seconds[1:])), "peak": peak.megabytes, "loss": loss, "vectors": vectors}


if __name__ == "__main__":
    serve({"steps": steps})

"""Worker: one step of semihard's loss on a large batch, on the backend that KERAS_BACKEND names.

Takes the strategy as its argument.
"""

import sys
import time

import keras
import numpy as np
from keras import ops

from benchmarks.harness.clock import Peak
from benchmarks.harness.serve import serve
from benchmarks.mining.batches import ROWS_AT_ONCE, Batch
from benchmarks.mining.ours import make
from benchmarks.mining.strategies import STRATEGIES, triplets

STRATEGY = sys.argv[1]
BACKEND = keras.backend.backend()


def anchors_and_mean(labels, embeddings):
    """Return the value of each anchor and the gradient of their mean, as NumPy arrays."""

    per_anchor = make(STRATEGY, reduction="none")

    def loss(embeddings):
        anchors = per_anchor(labels, embeddings)
        return ops.mean(anchors), anchors

    if BACKEND == "jax":
        import jax

        gradient, anchors = jax.jit(jax.grad(loss, has_aux=True))(embeddings)
    elif BACKEND == "tensorflow":
        import tensorflow as tf

        @tf.function
        def step(embeddings):
            with tf.GradientTape() as tape:
                tape.watch(embeddings)
                mean, anchors = loss(embeddings)
            return tape.gradient(mean, embeddings), anchors

        gradient, anchors = step(embeddings)
    else:
        embeddings.requires_grad_()
        mean, anchors = loss(embeddings)
        mean.backward()
        gradient, anchors = embeddings.grad, anchors.detach()
    return np.asarray(anchors), np.asarray(gradient)


def product_seconds(rows):
    """Return the seconds of X·Xᵀ, ROWS_AT_ONCE rows at a time; only sums are kept."""
    start = time.perf_counter()
    total = 0.0
    for i in range(0, len(rows), ROWS_AT_ONCE):
        total += float(np.asarray(ops.matmul(rows[i : i + ROWS_AT_ONCE], ops.transpose(rows))[0, 0]))
    return time.perf_counter() - start


def largest_error(labels, embeddings, values, anchors):
    """Return the largest relative error of some anchors' values, against float64."""
    strategy, counts = STRATEGIES[STRATEGY], np.bincount(labels)[labels]
    embeddings, positives = embeddings.astype("float64"), counts - 1
    # A value is what the anchor pays, times rows, over what all anchors pay for.
    whole = {"semi-hard": np.sum(positives), "batch-hard": len(labels), "batch-all": triplets(labels)}[STRATEGY]
    errors = []
    for anchor in np.random.default_rng(0).choice(len(labels), min(anchors, len(labels)), replace=False):
        paid, count = strategy.paid(labels, embeddings, anchor)
        if STRATEGY == "batch-all" and count < positives[anchor] * (len(labels) - counts[anchor]):
            raise ValueError("Expected every triplet to pay, as in random batches of many dimensions. Raise --dim.")
        expected = paid * len(labels) / whole
        errors.append(abs(values[anchor] - expected) / max(expected, 1e-12))
    return float(max(errors))


def step(layout, batch, dim, anchors):
    """Return the step's seconds and peak MB above the start, the product's seconds, the worst error of some anchors."""
    # Loads libraries and starts thread pools.
    anchors_and_mean(*map(ops.convert_to_tensor, Batch(layout, 8, dim).arrays()))
    labels, embeddings = Batch(layout, batch, dim).arrays()
    with Peak() as peak:
        values, gradient = anchors_and_mean(ops.convert_to_tensor(labels), ops.convert_to_tensor(embeddings))
    if not (np.isfinite(values).all() and np.isfinite(gradient).all()):
        raise ValueError("Expected finite values and gradients.")
    product = product_seconds(ops.convert_to_tensor(embeddings))
    error = largest_error(labels, embeddings, values, anchors)
    return {"seconds": peak.seconds, "peak": peak.megabytes, "product": product, "error": error}


if __name__ == "__main__":
    serve({"step": step})

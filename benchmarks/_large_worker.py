"""Worker: one step of semihard's loss on a large batch, on the backend that KERAS_BACKEND names."""

import gc
import time

import keras
import numpy as np
from _memory import reset_peak, resident
from _mining_cases import ROWS_AT_ONCE, Case
from _serve import serve
from keras import ops

from semihard.losses import triplet_semihard_loss

BACKEND = keras.backend.backend()


def anchors_and_mean(labels, embeddings):
    """Return the value of each anchor and the gradient of their mean, as NumPy arrays."""

    def loss(embeddings):
        anchors = triplet_semihard_loss(labels, embeddings, reduction="none")
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


def expected(labels, embeddings, anchor):
    """Return the anchor's cost in float64, straight from the definition (margin 1, Euclidean)."""
    distances = np.linalg.norm(embeddings.astype("float64") - embeddings[anchor].astype("float64"), axis=1)
    same = labels == labels[anchor]
    negatives = np.sort(distances[~same])
    same[anchor] = False
    places = np.searchsorted(negatives, distances[same], side="right")
    return np.sum(np.maximum(1 + distances[same] - negatives[np.minimum(places, len(negatives) - 1)], 0))


def step(layout, batch, dim, anchors):
    """Return the step's seconds and peak MB above the start, the product's seconds, the worst error of some anchors."""
    anchors_and_mean(*map(ops.convert_to_tensor, Case(layout, 8, dim).arrays()))  # loads libraries, starts thread pools
    labels, embeddings = Case(layout, batch, dim).arrays()
    gc.collect()
    before = resident("VmRSS")
    reset_peak()
    start = time.perf_counter()
    values, gradient = anchors_and_mean(ops.convert_to_tensor(labels), ops.convert_to_tensor(embeddings))
    seconds, peak = time.perf_counter() - start, (resident("VmHWM") - before) / 1e3
    if not (np.isfinite(values).all() and np.isfinite(gradient).all()):
        raise ValueError("Expected finite values and gradients.")
    counts = np.bincount(labels)[labels].astype("float64")
    scale = batch / np.sum(counts - 1)
    errors = [
        abs(values[anchor] - expected(labels, embeddings, anchor) * scale) / values[anchor]
        for anchor in np.random.default_rng(0).choice(batch, anchors, replace=False)
    ]
    product = product_seconds(ops.convert_to_tensor(embeddings))
    return {"seconds": seconds, "peak": peak, "product": product, "error": float(max(errors))}


if __name__ == "__main__":
    serve({"step": step})

"""Worker: times forward + backward of one peer's semi-hard loss, and of the matrix products that are its floor.

Takes the peer's name as its argument. A peer is two functions: `loss_step(labels, embeddings)` and
`product_step(embeddings, backward)` return a function without arguments that runs once and waits for its end.
"""

import gc
import sys
import time

from _memory import reset_peak, resident
from _mining_cases import ROWS_AT_ONCE, Case
from _serve import serve


def tensorflow_peer(loss, compiler):
    """Return the two functions of a TensorFlow loss; `compiler` is jit_compile of `tf.function`."""
    import tensorflow as tf

    @tf.function(jit_compile=compiler, reduce_retracing=False)
    def value_and_gradient(labels, embeddings):
        with tf.GradientTape() as tape:
            tape.watch(embeddings)
            value = loss(labels, embeddings)
        return value, tape.gradient(value, embeddings)

    @tf.function(jit_compile=compiler, reduce_retracing=False)
    def products(rows, embeddings, backward):
        similarities = tf.matmul(rows, embeddings, transpose_b=True)
        if not backward:
            return similarities
        return tf.matmul(similarities, embeddings), tf.matmul(similarities, rows, transpose_a=True)

    def loss_step(labels, embeddings):
        labels, embeddings = tf.constant(labels), tf.constant(embeddings)

        def step():
            value, gradient = value_and_gradient(labels, embeddings)
            gradient.numpy()
            return float(value)

        return step

    def product_step(embeddings, backward):
        embeddings = tf.constant(embeddings)
        blocks = [embeddings[i : i + ROWS_AT_ONCE] for i in range(0, len(embeddings), ROWS_AT_ONCE)]

        def step():
            for rows in blocks:
                tf.nest.map_structure(lambda result: result.numpy(), products(rows, embeddings, backward))

        return step

    return loss_step, product_step


def jax_peer(loss):
    """Return the two functions of a JAX loss."""
    import jax

    value_and_gradient = jax.jit(jax.value_and_grad(loss, argnums=1))

    def products(rows, embeddings, backward):
        similarities = rows @ embeddings.T
        return (similarities @ embeddings, similarities.T @ rows) if backward else similarities

    products = jax.jit(products, static_argnums=2)

    def loss_step(labels, embeddings):
        labels, embeddings = jax.numpy.asarray(labels), jax.numpy.asarray(embeddings)

        def step():
            value, gradient = value_and_gradient(labels, embeddings)
            gradient.block_until_ready()
            return float(value)

        return step

    def product_step(embeddings, backward):
        embeddings = jax.numpy.asarray(embeddings)
        blocks = [embeddings[i : i + ROWS_AT_ONCE] for i in range(0, len(embeddings), ROWS_AT_ONCE)]

        def step():
            for rows in blocks:
                jax.block_until_ready(products(rows, embeddings, backward))

        return step

    return loss_step, product_step


def torch_peer(loss):
    """Return the two functions of a PyTorch loss, run eagerly."""
    import torch

    def loss_step(labels, embeddings):
        labels = torch.from_numpy(labels.astype("int64"))
        embeddings = torch.from_numpy(embeddings).requires_grad_()

        def step():
            embeddings.grad = None
            value = loss(labels, embeddings)
            value.backward()
            return float(value.detach())

        return step

    def product_step(embeddings, backward):
        embeddings = torch.from_numpy(embeddings)
        blocks = embeddings.split(ROWS_AT_ONCE)

        def step():
            for rows in blocks:
                similarities = rows @ embeddings.T
                if backward:
                    similarities @ embeddings, similarities.T @ rows

        return step

    return loss_step, product_step


def make_peer(name):
    """Return the two functions of the peer called `name`."""
    if name == "tfa":
        import tensorflow_addons as tfa

        return tensorflow_peer(tfa.losses.triplet_semihard_loss, compiler=None)
    if name == "pml":
        from pytorch_metric_learning.losses import TripletMarginLoss
        from pytorch_metric_learning.miners import TripletMarginMiner

        # Its "semi-hard" is every triplet inside the margin, not one negative a pair: more work, another value.
        miner, loss = TripletMarginMiner(margin=1.0, type_of_triplets="semihard"), TripletMarginLoss(margin=1.0)
        return torch_peer(lambda labels, embeddings: loss(embeddings, labels, miner(embeddings, labels)))
    if name == "st":
        from sentence_transformers.sentence_transformer.losses import BatchSemiHardTripletLoss

        return torch_peer(BatchSemiHardTripletLoss(model=None, margin=1.0).batch_semi_hard_triplet_loss)

    from semihard.losses import triplet_semihard_loss

    if name == "jax":
        return jax_peer(triplet_semihard_loss)
    if name == "torch":
        return torch_peer(triplet_semihard_loss)
    return tensorflow_peer(triplet_semihard_loss, compiler=name == "tensorflow-xla")


def main(name):
    """Serve the peer's figures."""
    loss_step, product_step = make_peer(name)
    steps = {}  # compiled and warm, by what they do

    def timed(key, make, seconds):
        if key not in steps:
            steps[key] = make()
            steps[key]()  # compiles
            steps[key]()
        times, begin = [], time.perf_counter()
        while not times or (time.perf_counter() - begin < seconds and len(times) < 100):
            start = time.perf_counter()
            value = steps[key]()
            times.append((time.perf_counter() - start) * 1e3)
        return times, value

    def measure(layout, batch, dim, seconds):
        """Return milliseconds of each call of the loss, of one product and of three, and the loss's value."""
        case = Case(layout, batch, dim)
        labels, embeddings = case.arrays()
        loss, value = timed((case, "loss"), lambda: loss_step(labels, embeddings), seconds)
        product, _ = timed((batch, dim, 1), lambda: product_step(embeddings, False), seconds / 2)
        three, _ = timed((batch, dim, 3), lambda: product_step(embeddings, True), seconds / 2)
        return {"loss": loss, "product": product, "three": three, "value": value}

    def memory(layout, batch, dim):
        """Return MB above the start at the peak of the first step (which compiles) and of the second."""
        loss_step(*Case(layout, 8, dim).arrays())()  # loads libraries and starts thread pools
        labels, embeddings = Case(layout, batch, dim).arrays()
        step = loss_step(labels, embeddings)
        gc.collect()
        start = resident("VmRSS")
        peaks = []
        for _ in range(2):
            reset_peak()
            step()
            peaks.append((resident("VmHWM") - start) / 1e3)
        return {"first": peaks[0], "second": peaks[1]}

    serve({"measure": measure, "memory": memory})


if __name__ == "__main__":
    main(sys.argv[1])

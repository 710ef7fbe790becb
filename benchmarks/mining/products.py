"""The matrix products that are the floor of a loss over distances, in row blocks where they are large."""

from benchmarks.mining.batches import ROWS_AT_ONCE


def products(framework, embeddings, backward):
    """Return a function that computes X·Xᵀ once, and with `backward` also S·X and Sᵀ·X, and waits for them."""
    return {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[framework](embeddings, backward)


def _of(rows, embeddings, backward):
    similarities = rows @ embeddings.T
    return (similarities @ embeddings, similarities.T @ rows) if backward else similarities


def _blocks(embeddings):
    return [embeddings[i : i + ROWS_AT_ONCE] for i in range(0, len(embeddings), ROWS_AT_ONCE)]


def _tensorflow(embeddings, backward):
    import tensorflow as tf

    @tf.function(reduce_retracing=False)
    def of(rows, embeddings):
        similarities = tf.matmul(rows, embeddings, transpose_b=True)
        if not backward:
            return similarities
        return tf.matmul(similarities, embeddings), tf.matmul(similarities, rows, transpose_a=True)

    embeddings = tf.constant(embeddings)
    blocks = _blocks(embeddings)

    def step():
        for rows in blocks:
            tf.nest.map_structure(lambda result: result.numpy(), of(rows, embeddings))

    return step


def _jax(embeddings, backward):
    import jax

    of = jax.jit(lambda rows, embeddings: _of(rows, embeddings, backward))
    embeddings = jax.numpy.asarray(embeddings)
    blocks = _blocks(embeddings)

    def step():
        for rows in blocks:
            jax.block_until_ready(of(rows, embeddings))

    return step


def _torch(embeddings, backward):
    import torch

    embeddings = torch.from_numpy(embeddings)
    blocks = _blocks(embeddings)

    def step():
        for rows in blocks:
            _of(rows, embeddings, backward)

    return step

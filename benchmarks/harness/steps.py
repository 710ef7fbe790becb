"""One compiled forward + backward of a loss on each framework, as its `fit` runs it on a CPU; PyTorch runs eagerly.

Runs inside a peer's environment: a framework is imported where it is used.
"""

FRAMEWORKS = {"tfa": "tensorflow", "pml": "torch", "st": "torch"}  # of the peers; ours are called by theirs


def step_of(framework, loss, labels, x, vectors=(), xla=None):
    """Return a function that runs once, waits, and returns the value and the gradient by x.

    Args:
        framework: "tensorflow", "jax" or "torch".
        loss: a function (labels, x, *vectors) → scalar; the gradient is by `x` and by these.
        labels: int32 [batch].
        x: float32 [batch, dim].
        vectors: tensors of the framework.
        xla: `jit_compile` of TensorFlow.
    """
    return {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[framework](loss, labels, x, vectors, xla)


def _tensorflow(loss, labels, x, vectors, xla):
    import tensorflow as tf

    @tf.function(jit_compile=xla, reduce_retracing=False)
    def value_and_gradient(labels, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(labels, x, *vectors)
        return value, tape.gradient(value, [x, *vectors])

    labels, x = tf.constant(labels), tf.constant(x)

    def step():
        value, gradients = value_and_gradient(labels, x)
        return float(value), tf.convert_to_tensor(gradients[0]).numpy()

    return step


def _jax(loss, labels, x, vectors, xla):
    import jax

    value_and_gradient = jax.jit(jax.value_and_grad(loss, argnums=tuple(range(1, 2 + len(vectors)))))
    labels, x = jax.numpy.asarray(labels), jax.numpy.asarray(x)

    def step():
        value, gradients = jax.block_until_ready(value_and_gradient(labels, x, *vectors))
        return float(value), gradients[0]

    return step


def _torch(loss, labels, x, vectors, xla):
    import torch

    labels, x = torch.from_numpy(labels.astype("int64")), torch.from_numpy(x).requires_grad_()

    def step():
        value = loss(labels, x, *vectors)
        value.backward()
        gradient = x.grad
        for leaf in (x, *vectors):
            leaf.grad = None
        return float(value.detach()), gradient

    return step

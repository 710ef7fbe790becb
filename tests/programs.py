"""Run a function of one tensor, with its gradient, the ways a user's program may: eagerly, and compiled."""

import contextlib
from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

BACKEND = keras.backend.backend()
# On TensorFlow a graph with unknown shapes is what `fit` runs, and XLA what it runs with jit_compile.
MODES = {
    "tensorflow": ("eager", "graph", "xla"),
    "jax": ("eager", "jit"),
    "torch": ("eager", "compiled"),
}[BACKEND]


def value_and_gradient(function, x, mode: str = "eager") -> tuple[np.ndarray, np.ndarray]:
    """The value of `function(x)` (summed for the gradient when it is not a scalar) and its gradient by x."""
    x = ops.convert_to_tensor(x)
    if BACKEND == "jax":
        import jax

        def summed(x):
            value = function(x)
            return ops.sum(value), value

        program = jax.grad(summed, has_aux=True)
        gradient, value = (jax.jit(program) if mode == "jit" else program)(x)
    elif BACKEND == "tensorflow":
        import tensorflow as tf

        def program(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = function(x)
            return value, tape.gradient(value, x)

        if mode == "graph":
            program = tf.function(program, input_signature=[tf.TensorSpec([None, *x.shape[1:]], x.dtype)])
        elif mode == "xla":
            program = tf.function(program, jit_compile=True)
        value, gradient = program(x)
    else:
        import torch

        x = x.detach().clone().requires_grad_(True)
        program = torch.compile(function, fullgraph=True) if mode == "compiled" else function
        value = program(x)
        value.sum().backward()
        value, gradient = value.detach(), x.grad
    return to_numpy(value), to_numpy(gradient)


def to_numpy(x) -> np.ndarray:
    return ops.convert_to_numpy(ops.cast(x, "float32") if "bfloat16" in str(x.dtype) else x)


def compiled(program):
    """The program as a user's training step would run it."""
    if BACKEND == "jax":
        import jax

        return jax.jit(program)
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return tf.function(program, autograph=False)
    return program


@contextlib.contextmanager
def all_optimizations() -> Iterator[None]:
    """What is compiled within is what users get: CI has JAX leave most of XLA's optimizations out (.ci/run)."""
    if BACKEND != "jax":
        yield
        return
    import jax

    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", False)
    try:
        yield
    finally:
        jax.config.update("jax_disable_most_optimizations", before)

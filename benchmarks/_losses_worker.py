"""Worker: time and peak memory of one forward + backward of the losses of one side.

Takes the side's name as its argument. A side is `make(name, batch)`, which returns a function
(labels, x, *vectors) → loss and its class vectors; the gradient is by `x` and by these.
"""

import gc
import importlib
import resource
import signal
import sys
import time

import numpy as np
from _losses_cases import Batch
from _memory import give_back, reset_peak, resident
from _serve import serve

FRAMEWORKS = {"tfa": "tensorflow", "pml": "torch", "st": "torch"}


def tensorflow_step(loss, vectors, labels, x):
    """Return a function that runs once and returns the value and the gradient by x."""
    import tensorflow as tf

    @tf.function(reduce_retracing=False)
    def value_and_gradient(labels, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(labels, x, *vectors)
        return value, tape.gradient(value, [x, *vectors])

    labels, x = tf.constant(labels), tf.constant(x)

    def step():
        value, gradients = value_and_gradient(labels, x)
        return float(value), tf.convert_to_tensor(gradients[0])

    return step


def jax_step(loss, vectors, labels, x):
    """The same on JAX."""
    import jax

    by = tuple(range(1, 2 + len(vectors)))
    value_and_gradient = jax.jit(jax.value_and_grad(loss, argnums=by))
    labels, x = jax.numpy.asarray(labels), jax.numpy.asarray(x)

    def step():
        value, gradients = jax.block_until_ready(value_and_gradient(labels, x, *vectors))
        return float(value), gradients[0]

    return step


def torch_step(loss, vectors, labels, x):
    """The same on PyTorch, run eagerly."""
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


STEPS = {"tensorflow": tensorflow_step, "jax": jax_step, "torch": torch_step}


def main(side):
    """Serve the side's figures."""
    framework = FRAMEWORKS.get(side, side)
    make = importlib.import_module(f"_losses_{side if side in FRAMEWORKS else 'ours'}").make
    steps = {}  # compiled and warm

    def step_of(loss, size):
        batch = Batch(size)
        return STEPS[framework](*make(loss, batch), *batch.arrays())

    def limit(loss, gigabytes):
        """Refuse this process more than so much beyond what it takes for a batch of 8."""
        step_of(loss, 8)()  # loads libraries and starts thread pools
        most = int(resident("VmSize") * 1024 + gigabytes * 1e9)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def measure(loss, size, seconds, patience):
        """Return milliseconds of each call."""
        signal.alarm(patience)  # nobody handles it: it ends the process, in whatever library it is
        if (loss, size) not in steps:
            steps[loss, size] = step_of(loss, size)
            start = time.perf_counter()
            steps[loss, size]()  # compiles
            if time.perf_counter() - start < 5:
                steps[loss, size]()
        times, begin = [], time.perf_counter()
        while not times or (time.perf_counter() - begin < seconds and len(times) < 100):
            start = time.perf_counter()
            steps[loss, size]()
            times.append((time.perf_counter() - start) * 1e3)
        signal.alarm(0)
        return times

    def memory(loss, size, patience):
        """Return the MB that a compiled step takes above the data, its value, and the length of its gradient."""
        signal.alarm(patience)
        step = step_of(loss, size)
        step()
        gc.collect()
        give_back()
        start = resident("VmRSS")
        reset_peak()
        value, gradient = step()
        peak = (resident("VmHWM") - start) / 1e3
        signal.alarm(0)
        x, gradient = Batch(size).arrays()[1], np.asarray(gradient)
        # Some scale x to unit length and some expect it: along x their gradients differ by definition.
        across = gradient - x * np.sum(x * gradient, axis=1, keepdims=True)
        return {"peak": peak, "value": value, "slope": float(np.linalg.norm(across))}

    serve({"limit": limit, "measure": measure, "memory": memory})


if __name__ == "__main__":
    main(sys.argv[1])

"""Worker: times forward + backward of one side's loss, and of the matrix products that are its floor.

Takes the name of the side and the strategy as arguments. A side is `make(strategy)`, which returns a function
(labels, embeddings) → loss.
"""

import gc
import importlib
import sys

from benchmarks.harness.clock import milliseconds
from benchmarks.harness.memory import reset_peak, resident
from benchmarks.harness.serve import serve
from benchmarks.harness.steps import FRAMEWORKS, step_of
from benchmarks.mining.batches import Batch
from benchmarks.mining.products import products


def main(side, strategy):
    """Serve the side's figures."""
    # Where ours compiles is said; where a peer does is left to it.
    framework, xla = FRAMEWORKS.get(side), None
    if framework is None:
        framework, _, compiler = side.partition("-")
        xla = bool(compiler)
    name = f"peer_{side}" if side in FRAMEWORKS else "ours"
    loss = importlib.import_module(f"benchmarks.mining.{name}").make(strategy)
    steps = {}  # compiled and warm, by what they do

    def loss_step(batch):
        return step_of(framework, loss, *batch.arrays(), xla=xla)

    def timed(key, make, seconds):
        if key not in steps:
            steps[key] = make()
            steps[key]()  # compiles
            steps[key]()
        return milliseconds(steps[key], seconds)

    def measure(layout, size, dim, seconds):
        """Return milliseconds of each call of the loss, of one product and of three, and the loss's value."""
        batch = Batch(layout, size, dim)
        embeddings = batch.arrays()[1]
        found, (value, _) = timed((batch, "loss"), lambda: loss_step(batch), seconds)
        one, _ = timed((size, dim, 1), lambda: products(framework, embeddings, False), seconds / 2)
        three, _ = timed((size, dim, 3), lambda: products(framework, embeddings, True), seconds / 2)
        return {"loss": found, "product": one, "three": three, "value": value}

    def memory(layout, size, dim):
        """Return MB above the start at the peak of the first step (which compiles) and of the second."""
        loss_step(Batch(layout, 8, dim))()  # loads libraries and starts thread pools
        step = loss_step(Batch(layout, size, dim))
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
    main(*sys.argv[1:])

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

from benchmarks.harness.clock import milliseconds
from benchmarks.harness.memory import give_back, reset_peak, resident
from benchmarks.harness.serve import serve
from benchmarks.harness.steps import FRAMEWORKS, step_of
from benchmarks.losses.definitions import Batch


def main(side):
    """Serve the side's figures."""
    framework = FRAMEWORKS.get(side, side)
    name = f"peer_{side}" if side in FRAMEWORKS else "ours"
    make = importlib.import_module(f"benchmarks.losses.{name}").make
    steps = {}  # compiled and warm

    def compiled(loss, size):
        batch = Batch(size)
        function, vectors = make(loss, batch)
        return step_of(framework, function, *batch.arrays(), vectors)

    def limit(loss, gigabytes):
        """Refuse this process more than so much beyond what it takes for a batch of 8."""
        compiled(loss, 8)()  # loads libraries and starts thread pools
        most = int(resident("VmSize") * 1024 + gigabytes * 1e9)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def measure(loss, size, seconds, patience):
        """Return milliseconds of each call."""
        signal.alarm(patience)  # nobody handles it: it ends the process, in whatever library it is
        if (loss, size) not in steps:
            steps[loss, size] = compiled(loss, size)
            start = time.perf_counter()
            steps[loss, size]()  # compiles
            if time.perf_counter() - start < 5:
                steps[loss, size]()
        times, _ = milliseconds(steps[loss, size], seconds)
        signal.alarm(0)
        return times

    def memory(loss, size, patience):
        """Return the MB that a compiled step takes above the data, its value, and the length of its gradient."""
        signal.alarm(patience)
        step = compiled(loss, size)
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

"""How long a step takes, and how much memory; runs inside a peer's environment, so the standard library is enough."""

import gc
import time

from benchmarks.harness.memory import reset_peak, resident


def milliseconds(step, seconds, most=100):
    """Return the milliseconds of each call that fits into the seconds (one at least), and the last call's answer."""
    found, begin = [], time.perf_counter()
    while not found or (time.perf_counter() - begin < seconds and len(found) < most):
        start = time.perf_counter()
        answer = step()
        found.append((time.perf_counter() - start) * 1e3)
    return found, answer


class Peak:
    """`with Peak() as peak:` gives `peak.seconds`, and `peak.megabytes` above what the process held before."""

    def __enter__(self):
        gc.collect()
        self._before = resident("VmRSS")
        reset_peak()
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self._start
        self.megabytes = (resident("VmHWM") - self._before) / 1e3

"""How long a search takes, on the clock and on the cores, and how much memory; for each side alike."""

import os
import time
from pathlib import Path

import numpy as np

from benchmarks.harness.clock import Peak

CHECKED = 500  # queries


def on_cores(count):
    """Keep this process, and all threads that it begins, to so many cores; before any library counts them."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def measured(work):
    """Return what it does in seconds, on the clock and on the cores, megabytes, and its answer."""
    before = time.process_time()
    with Peak() as peak:
        answer = work()
    return {"seconds": peak.seconds, "busy": time.process_time() - before, "peak": peak.megabytes}, answer


def keep(folder, k, squared):
    """Write the k squared distances [queries, k] of some queries, for the other side to compare."""
    np.save(Path(folder) / f"squared_{k}.npy", squared[_some(len(squared))])


def same(folder, k, squared):
    """The share of squared distances [queries, k] that are those kept, up to the rounding of float32."""
    kept = Path(folder) / f"squared_{k}.npy"
    if not kept.exists():
        return None
    found = np.asarray(squared)[_some(len(squared))]
    return float((np.abs(found - np.load(kept)) <= 1e-5).mean())


def _some(count):
    return np.linspace(0, count - 1, CHECKED).astype(int)

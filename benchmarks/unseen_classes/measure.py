"""Training and judging every loss with every seed, and what is estimated from it."""

import argparse
import math
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.harness.checkout import BenchmarkError
from benchmarks.harness.estimates import Estimate, estimate
from benchmarks.harness.page import progress
from benchmarks.harness.worker import Worker
from benchmarks.unseen_classes.rows import ROWS


@dataclass(frozen=True)
class Run:
    """One loss on one division of the classes: the rate it chose, and how it did on the unseen ones."""

    rate: float | None
    map_at_r: float
    recall_at_1: float
    seen: float
    seconds: float


@dataclass
class Results:
    """What was measured, by loss and by seed."""

    source: str
    versions: str
    images: int
    classes: int
    splits: dict[int, dict[str, list[str]]]
    runs: dict[str, dict[int, Run]]

    def estimate(self, loss: str, figure: str, base: str | None = None) -> Estimate:
        """Of a figure of a loss, or of its difference to that of another, seed by seed."""
        values = [getattr(run, figure) for run in self.runs[loss].values()]
        if base is not None:
            values = [a - getattr(b, figure) for a, b in zip(values, self.runs[base].values(), strict=True)]
        return estimate(values)

    def ranked(self) -> list[str]:
        """Losses, the best mean first."""
        return sorted(self.runs, key=lambda loss: -np.nan_to_num(self.estimate(loss, "map_at_r").mean, nan=-1.0))


def measure(arguments: argparse.Namespace) -> Results:
    """Train and judge every loss with every seed."""
    threads = str(arguments.threads)
    environ = {
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
    }
    if arguments.threads == 1:
        environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    images = None if arguments.images is None else str(arguments.images.resolve())
    options = ("size", "channels", "dim", "steps", "classes_per_batch", "batch_size", "folds", "validation")
    with Worker(arguments.backend, "unseen_classes.ours", environ=environ) as worker:
        began = time.perf_counter()
        known = worker.ask("start", images=images, **{name: getattr(arguments, name) for name in options})
        if known["classes"] < 8:
            raise BenchmarkError(
                "Expected 8 classes or more, so that the training half can be divided again. "
                f"Received: {known['classes']} in {images}."
            )
        splits = {seed: worker.ask("split", seed=seed) for seed in arguments.seeds}
        runs: dict[str, dict[int, Run]] = {loss: {} for loss in arguments.losses}
        for place, seed in enumerate(arguments.seeds, 1):
            for loss in arguments.losses:  # inside, so that a busy hour touches every loss
                runs[loss][seed] = run = one(worker, loss, seed, arguments.rates)
                progress(
                    f"seed {seed} ({place} of {len(arguments.seeds)}), {loss}: MAP@R {run.map_at_r:.3f}, "
                    f"Recall@1 {run.recall_at_1:.3f}, rate {run.rate}, {time.perf_counter() - began:.0f} s so far"
                )
    source = "MNIST" if images is None else arguments.images.name
    return Results(source, known["version"], known["images"], known["classes"], splits, runs)


def one(worker: Worker, loss: str, seed: int, rates: list[float]) -> Run:
    """Choose a rate among the training classes, train on all of them, judge on the others."""
    chosen = None
    if ROWS[loss].make:
        scores = {rate: worker.ask("validate", loss=loss, seed=seed, rate=rate)["map_at_r"] for rate in rates}
        # Embeddings that are not finite have no score.
        chosen = max(rates, key=lambda rate: -1.0 if scores[rate] is None else scores[rate])
    got = worker.ask("test", loss=loss, seed=seed, rate=chosen)
    figures = {name: got.get(name) for name in ("map_at_r", "recall_at_1", "seen", "seconds")}
    return Run(chosen, **{name: math.nan if figure is None else figure for name, figure in figures.items()})

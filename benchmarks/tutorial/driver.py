"""The MNIST tutorial of TensorFlow Addons: on the real TensorFlow Addons and on semihard, same data, in one run.

Each side is a worker in its own environment (made on first use). The sides train an epoch in turn, so that a busy
moment of the machine touches each alike. One NumPy routine scores the saved embeddings of all of them, test set
against test set. A repeat starts everything anew with the next seed.

    python -m benchmarks tutorial --write
    python -m benchmarks tutorial --epochs 1 --backends tensorflow
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.harness.checkout import MNIST, BenchmarkError
from benchmarks.harness.environments import OURS
from benchmarks.harness.mnist import read_mnist
from benchmarks.harness.page import made_by, options, page, progress, publish, table, times
from benchmarks.harness.worker import Worker, Workers
from semihard.evaluation import evaluate

TRAINING_IMAGES = 60_000


@dataclass
class Run:
    """One side's training with one seed."""

    side: str
    seed: int
    versions: str = ""
    seconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    recall_at_1: float = float("nan")
    map_at_r: float = float("nan")

    @property
    def typical(self) -> float:
        """Seconds of an epoch; the first compiles, the others are what a long training costs."""
        return statistics.median(self.seconds[1:] or self.seconds)


def _start(side: str) -> Worker:
    return Worker(side, "tutorial.peer" if side == "tfa" else "tutorial.ours")


def train(arguments: argparse.Namespace, seed: int) -> list[Run]:
    """Train every side with `seed`, epochs in turn, and score their embeddings."""
    labels = read_mnist(MNIST)[1][1]
    sides = ["tfa", *arguments.backends] if arguments.addons else arguments.backends
    runs = {side: Run(side, seed) for side in sides}
    with Workers(_start) as workers, tempfile.TemporaryDirectory() as folder:
        for side in sides:
            asked = {"data": str(MNIST), "seed": seed, "batch_size": arguments.batch_size}
            runs[side].versions = workers.ask(side, "start", **asked)
        for epoch in range(arguments.epochs):
            # The order turns, so that no side always follows the same other.
            for side in [*sides[epoch % len(sides) :], *sides[: epoch % len(sides)]]:
                answer = workers.ask(side, "epoch")
                runs[side].seconds.append(answer["seconds"])
                runs[side].losses.append(answer["loss"])
                progress(
                    f"seed {seed}, epoch {epoch + 1}/{arguments.epochs}, {side}: "
                    f"{answer['seconds']:.1f} s, loss {answer['loss']:.4f}"
                )
        for side in sides:
            path = Path(folder) / f"{side}.npy"
            workers.ask(side, "embed", to=str(path))
            figures = evaluate(np.load(path), labels, ks=[1], resamples=0).figures
            runs[side].recall_at_1, runs[side].map_at_r = (figures[name].value for name in ("recall_at_1", "map_at_r"))
    return list(runs.values())


def report(runs: list[Run], arguments: argparse.Namespace) -> str:
    """Return the figures as Markdown."""
    steps = -(-TRAINING_IMAGES // arguments.batch_size)
    names = {"tfa": "TensorFlow Addons"} | {side: f"semihard, {backend.title}" for side, backend in OURS.items()}
    peers = {run.seed: run.typical for run in runs if run.side == "tfa"}
    rows = []
    for run in runs:
        losses = " → ".join(f"{loss:.3f}" for loss in run.losses)
        cells = [names[run.side], str(run.seed), f"{run.seconds[0]:.1f}", f"{run.typical:.1f}"]
        cells += [f"{run.typical / steps * 1e3:.1f}", times(run.typical, peers.get(run.seed)), losses]
        rows.append([*cells, f"{run.recall_at_1:.4f}", f"{run.map_at_r:.4f}"])
    columns = ["side", "seed", "epoch 1, s", "later epochs, median s", "ms a step", "of the peer's"]
    columns += ["loss of each epoch", "Recall@1", "MAP@R"]
    return page(
        "The MNIST tutorial: semihard against TensorFlow Addons",
        f"{made_by('tutorial')}: {'; '.join(dict.fromkeys(run.versions for run in runs))}. "
        f"Batch {arguments.batch_size}, Adam 1e-3, semi-hard triplet loss with margin 1; the sides train an epoch in "
        "turn. Recall@1 and MAP@R: test set against test set.",
        table(columns, rows, words=["side", "loss of each epoch"]),
    )


def main(line: Sequence[str]) -> None:
    """Train, print, and write what was asked for."""
    parser = options("tutorial", __doc__)
    parser.add_argument("--epochs", type=int, default=5, help="epochs of each training")
    parser.add_argument("--repeats", type=int, default=1, help="trainings of each side, with seeds 0, 1, …")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--backends", nargs="*", choices=list(OURS), default=list(OURS), help="ours to compare")
    parser.add_argument("--no-addons", dest="addons", action="store_false", help="leave TensorFlow Addons out")
    arguments = parser.parse_args(line)
    if not MNIST.is_dir():
        raise BenchmarkError(f"Expected the MNIST files in {MNIST}. Run this from a checkout of semihard.")
    runs = [run for seed in range(arguments.repeats) for run in train(arguments, seed)]
    publish("tutorial", report(sorted(runs, key=lambda run: run.seed), arguments), arguments.write)

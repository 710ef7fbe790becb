"""The MNIST tutorial of TensorFlow Addons: on the real TensorFlow Addons and on semihard, same data, in one run.

Each side is a worker in its own environment (made on first use). The sides train an epoch in turn, so that a busy
moment of the machine touches each alike. One NumPy routine scores the saved embeddings of all of them, test set
against test set. A repeat starts everything anew with the next seed.

    python benchmarks/tutorial_vs_addons.py --write
    python benchmarks/tutorial_vs_addons.py --epochs 1 --backends tensorflow
"""

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from _environments import CHECKOUT, BenchmarkError, Worker, machine
from _mnist import read_mnist

sys.path.insert(0, str(CHECKOUT / "src"))  # so that a checkout needs no installation
from semihard.metrics import retrieval_report

DATA = CHECKOUT / "src" / "semihard" / "datasets" / "mnist_files"
DOCS = CHECKOUT / "docs" / "benchmarks"
BACKENDS = ("tensorflow", "jax", "torch")
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


def train(arguments: argparse.Namespace, seed: int) -> list[Run]:
    """Train every side with `seed`, epochs in turn, and score their embeddings."""
    labels = read_mnist(DATA)[1][1]
    sides = ["tfa", *arguments.backends] if arguments.addons else arguments.backends
    workers: dict[str, Worker] = {}
    runs = {side: Run(side, seed) for side in sides}
    try:
        for side in sides:
            script = "_tutorial_addons.py" if side == "tfa" else "_tutorial_ours.py"
            workers[side] = Worker(side, script, environ={} if side == "tfa" else {"KERAS_BACKEND": side})
            start = workers[side].ask("start", data=str(DATA), seed=seed, batch_size=arguments.batch_size)
            runs[side].versions = start
        for epoch in range(arguments.epochs):
            # The order turns, so that no side always follows the same other.
            for side in [*sides[epoch % len(sides) :], *sides[: epoch % len(sides)]]:
                answer = workers[side].ask("epoch")
                runs[side].seconds.append(answer["seconds"])
                runs[side].losses.append(answer["loss"])
                print(
                    f"seed {seed}, epoch {epoch + 1}/{arguments.epochs}, {side}: "
                    f"{answer['seconds']:.1f} s, loss {answer['loss']:.4f}",
                    file=sys.stderr,
                )
        with tempfile.TemporaryDirectory() as folder:
            for side in sides:
                path = Path(folder) / f"{side}.npy"
                workers[side].ask("embed", to=str(path))
                report = retrieval_report(np.load(path), labels, ks=[1])
                runs[side].recall_at_1, runs[side].map_at_r = report.recall_at[1], report.map_at_r
    finally:
        for worker in workers.values():
            worker.close()
    return list(runs.values())


def report(runs: list[Run], arguments: argparse.Namespace) -> str:
    """Return the figures as Markdown."""
    steps = -(-TRAINING_IMAGES // arguments.batch_size)
    names = {"tfa": "TensorFlow Addons"} | {backend: f"semihard, {backend}" for backend in BACKENDS}
    rows = []
    for run in runs:
        # The first epoch compiles; the others are what a long training costs.
        typical = statistics.median(run.seconds[1:] or run.seconds)
        losses = " → ".join(f"{loss:.3f}" for loss in run.losses)
        rows.append(
            f"| {names[run.side]} | {run.seed} | {run.seconds[0]:.1f} | {typical:.1f} | {typical / steps * 1e3:.1f} "
            f"| {losses} | {run.recall_at_1:.4f} | {run.map_at_r:.4f} |"
        )
    versions = dict.fromkeys(run.versions for run in runs)
    return "\n".join(
        [
            "# The MNIST tutorial: semihard against TensorFlow Addons",
            "",
            f"Made by `benchmarks/tutorial_vs_addons.py` on {machine()}: {'; '.join(versions)}. "
            f"Batch {arguments.batch_size}, Adam 1e-3, semi-hard triplet loss with margin 1; the sides train an epoch "
            "in turn. Recall@1 and MAP@R: test set against test set.",
            "",
            "| side | seed | epoch 1, s | later epochs, median s | ms a step | loss of each epoch | Recall@1 | MAP@R |",
            "|---|---:|---:|---:|---:|---|---:|---:|",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Train, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5, help="epochs of each training")
    parser.add_argument("--repeats", type=int, default=1, help="trainings of each side, with seeds 0, 1, …")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--backends", nargs="*", choices=BACKENDS, default=list(BACKENDS), help="ours to compare")
    parser.add_argument("--no-addons", dest="addons", action="store_false", help="leave TensorFlow Addons out")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/tutorial_vs_addons.md")
    arguments = parser.parse_args()
    if not DATA.is_dir():
        raise BenchmarkError(f"Expected the MNIST files in {DATA}. Run this from a checkout of semihard.")
    runs = [run for seed in range(arguments.repeats) for run in train(arguments, seed)]
    text = report(sorted(runs, key=lambda run: run.seed), arguments)
    print(text)
    if arguments.write:
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / "tutorial_vs_addons.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"tutorial_vs_addons.py: {error}")

"""How soon balanced batches reach what five epochs of the TensorFlow Addons tutorial reach, both in one run.

Our side trains in the middle of the peer's epochs, so that a busy moment of the machine touches both. Our seconds are
those of the whole training with all compilation; the peer's are its epochs. One NumPy routine scores the embeddings of
both, test set against test set.

    python -m benchmarks balanced --write
"""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.harness.checkout import MNIST
from benchmarks.harness.environments import OURS
from benchmarks.harness.mnist import read_mnist
from benchmarks.harness.page import made_by, options, page, progress, publish, table
from benchmarks.harness.worker import Worker
from semihard.evaluation import evaluate

# An allocator that gives memory back after each step gets it anew with every page zeroed, which costs both sides up to
# a third of their time on virtual machines.
KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(2**33),
    "MALLOC_MMAP_THRESHOLD_": str(2**32),
    "MALLOC_TOP_PAD_": "268435456",
}


def main(line: Sequence[str]) -> None:
    """Train, print, and write what was asked for."""
    parser = options("balanced", __doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=700, help="balanced batches of 100 to train on")
    parser.add_argument("--epochs", type=int, default=5, help="of the peer")
    parser.add_argument("--backend", choices=list(OURS), default="tensorflow", help="of semihard")
    arguments = parser.parse_args(line)
    labels = read_mnist(MNIST)[1][1]
    rows, ratios = [], []

    def score(worker: Worker) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "embeddings.npy"
            worker.ask("embed", to=str(path))
            figures = evaluate(np.load(path), labels, ks=[1], resamples=0).figures
        return [f"{figures[name].value:.4f}" for name in ("recall_at_1", "map_at_r")]

    versions = []
    for seed in arguments.seeds:
        with (
            Worker("tfa", "tutorial.peer", environ=KEEP_MEMORY) as peer,
            Worker(arguments.backend, "balanced.ours", environ=KEEP_MEMORY) as worker,
        ):
            versions = [
                peer.ask("start", data=str(MNIST), seed=seed, batch_size=32),
                worker.ask("start", data=str(MNIST), seed=seed),
            ]
            before = arguments.epochs // 2
            epochs = [peer.ask("epoch") for _ in range(before)]
            balanced = worker.ask("train", epochs=1, steps=arguments.steps)
            epochs += [peer.ask("epoch") for _ in range(arguments.epochs - before)]
            seconds = sum(epoch["seconds"] for epoch in epochs)
            ratios.append(balanced["seconds"] / seconds)
            name = f"TensorFlow Addons, {arguments.epochs} epochs"
            rows.append([name, str(seed), f"{arguments.epochs * 60_000:,}", f"{seconds:.1f}", "", *score(peer)])
            taken = [f"{arguments.steps * 100:,}", f"{balanced['seconds']:.1f}", f"{ratios[-1]:.2f}"]
            rows.append(["semihard, balanced", str(seed), *taken, *score(worker)])
            for row in rows[-2:]:
                progress(", ".join(filter(None, row)))
    columns = ["side", "seed", "samples trained on", "seconds", "share of the peer's", "Recall@1", "MAP@R"]
    text = page(
        "Balanced batches against the TensorFlow Addons tutorial",
        f"{made_by('balanced')}: {'; '.join(versions)}. MNIST, the same model. "
        "TensorFlow Addons: its tutorial (batch 32, Adam 1e-3, margin 1). semihard: batches of 10 digits of each "
        "class, Adam with a peak of 8e-3 and a cosine, margin 0.5 (`semihard tutorial --sampler balanced` trains "
        "so, for two passes). Seconds of training, ours with all compilation; both with an allocator that keeps "
        "its memory. Test set against test set.",
        table(columns, rows, words=["side"]),
        f"Median share: {statistics.median(ratios):.2f}.",
    )
    publish("balanced", text, arguments.write)

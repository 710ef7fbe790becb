"""How soon balanced batches reach what five epochs of the TensorFlow Addons tutorial reach, both in one run.

Our side trains in the middle of the peer's epochs, so that a busy moment of the machine touches both. Our seconds are
those of the whole training with all compilation; the peer's are its epochs. One NumPy routine scores the embeddings of
both, test set against test set.

    python benchmarks/balanced_vs_addons.py --write
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
from _environments import CHECKOUT, BenchmarkError, Worker, machine
from _mnist import read_mnist

sys.path.insert(0, str(CHECKOUT / "src"))  # so that a checkout needs no installation
from semihard.metrics import retrieval_report

DATA = CHECKOUT / "src" / "semihard" / "datasets" / "mnist_files"
DOCS = CHECKOUT / "docs" / "benchmarks"
# An allocator that gives memory back after each step gets it anew with every page zeroed, which costs both sides up to
# a third of their time on virtual machines.
KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(2**33),
    "MALLOC_MMAP_THRESHOLD_": str(2**32),
    "MALLOC_TOP_PAD_": "268435456",
}


def main() -> None:
    """Train, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=700, help="balanced batches of 100 to train on")
    parser.add_argument("--epochs", type=int, default=5, help="of the peer")
    parser.add_argument("--backend", choices=("tensorflow", "jax", "torch"), default="tensorflow", help="of semihard")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/balanced_vs_addons.md")
    arguments = parser.parse_args()
    labels = read_mnist(DATA)[1][1]
    rows, ratios = [], []

    def score(worker: Worker) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "embeddings.npy"
            worker.ask("embed", to=str(path))
            report = retrieval_report(np.load(path), labels, ks=[1])
        return f"{report.recall_at[1]:.4f} | {report.map_at_r:.4f}"

    versions = []
    for seed in arguments.seeds:
        ours = {"KERAS_BACKEND": arguments.backend, **KEEP_MEMORY}
        with (
            Worker("tfa", "_tutorial_addons.py", environ=KEEP_MEMORY) as peer,
            Worker(arguments.backend, "_balanced_ours.py", environ=ours) as worker,
        ):
            versions = [
                peer.ask("start", data=str(DATA), seed=seed, batch_size=32),
                worker.ask("start", data=str(DATA), seed=seed),
            ]
            before = arguments.epochs // 2
            epochs = [peer.ask("epoch") for _ in range(before)]
            balanced = worker.ask("train", epochs=1, steps=arguments.steps)
            epochs += [peer.ask("epoch") for _ in range(arguments.epochs - before)]
            seconds = sum(epoch["seconds"] for epoch in epochs)
            ratios.append(balanced["seconds"] / seconds)
            rows.append(
                f"| TensorFlow Addons, {arguments.epochs} epochs | {seed} | {arguments.epochs * 60_000:,} "
                f"| {seconds:.1f} | | {score(peer)} |"
            )
            rows.append(
                f"| semihard, balanced | {seed} | {arguments.steps * 100:,} | {balanced['seconds']:.1f} "
                f"| {ratios[-1]:.2f} | {score(worker)} |"
            )
            print("\n".join(rows[-2:]), file=sys.stderr)
    text = "\n".join(
        [
            "# Balanced batches against the TensorFlow Addons tutorial",
            "",
            f"Made by `benchmarks/balanced_vs_addons.py` on {machine()}: {'; '.join(versions)}. MNIST, the same model. "
            "TensorFlow Addons: its tutorial (batch 32, Adam 1e-3, margin 1). semihard: batches of 10 digits of each "
            "class, Adam with a peak of 8e-3 and a cosine, margin 0.5 (`semihard tutorial --sampler balanced` trains "
            "so, for two passes). Seconds of training, ours with all compilation; both with an allocator that keeps "
            "its memory. Test set against test set.",
            "",
            "| side | seed | samples trained on | seconds | share of the peer's | Recall@1 | MAP@R |",
            "|---|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
            f"Median share: {statistics.median(ratios):.2f}.",
            "",
        ]
    )
    print(text)
    if arguments.write:
        (DOCS / "balanced_vs_addons.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"balanced_vs_addons.py: {error}")

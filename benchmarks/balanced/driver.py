"""What balanced batches reach in less time than five epochs of the TensorFlow Addons tutorial, both in one run.

Our side trains in the middle of the peer's epochs, so that a busy moment of the machine touches both. Our seconds are
those of the whole training with all compilation; the peer's are its epochs. One NumPy routine scores the embeddings of
both, test set against test set.

    python -m benchmarks balanced
    apt-get install dataset-fashion-mnist  # on Debian: the same files, of clothes
    python -m benchmarks balanced --fashion /usr/share/datasets/fashion-mnist --write
"""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness.checkout import MNIST
from benchmarks.harness.environments import OURS
from benchmarks.harness.mnist import read_mnist
from benchmarks.harness.page import made_by, options, page, progress, publish, section, table
from benchmarks.harness.worker import Worker
from semihard.evaluation import evaluate

# An allocator that gives memory back after each step gets it anew with every page zeroed, which costs both sides up to
# a third of their time on virtual machines.
KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(2**33),
    "MALLOC_MMAP_THRESHOLD_": str(2**32),
    "MALLOC_TOP_PAD_": "268435456",
}


# Of our models: what a row says of it.
MODELS = {"addons": "semihard, the same model", "balanced": "semihard, the recipe"}
EPOCHS = {"peer": 5, "ours": 2}


def main(line: Sequence[str]) -> None:
    """Train, print, and write what was asked for."""
    parser = options("balanced", __doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--fashion", type=Path, metavar="DIR", help="that holds the four files of Fashion-MNIST")
    parser.add_argument("--backend", choices=list(OURS), default="tensorflow", help="of semihard")
    arguments = parser.parse_args(line)
    sets = {"MNIST": MNIST} | ({"Fashion-MNIST": arguments.fashion} if arguments.fashion else {})
    for folder in sets.values():
        read_mnist(folder)  # what is not there is found out before any work
    parts, versions = [], []
    for name, folder in sets.items():
        rows, shares = [], []
        for seed in arguments.seeds:
            versions, found = measure(folder, seed, arguments.backend)
            rows += [[what, str(seed), *cells] for what, cells in found]
            shares += [float(cells[2]) for what, cells in found if what == MODELS["balanced"]]
            for row in rows[-len(found) :]:
                progress(f"{name}: {', '.join(filter(None, row))}")
        columns = ["side", "seed", "samples trained on", "seconds", "share of the peer's", "Recall@1", "MAP@R"]
        said = f"The recipe's median share of the peer's seconds: {statistics.median(shares):.2f}."
        parts.append(section(name, table(columns, rows, words=["side"]), said))
    text = page(
        "Balanced batches against the TensorFlow Addons tutorial",
        f"{made_by('balanced --fashion DIR' if arguments.fashion else 'balanced')}: {'; '.join(versions)}. "
        "TensorFlow Addons: its tutorial (batch 32, Adam 1e-3, margin 1). semihard: TripletSemiHardLoss, margin 0.5, "
        "on batches of 10 images of each class, Adam with a peak of 8e-3 and a cosine; with the tutorial's model, and "
        "with that of `semihard tutorial --recipe balanced`, which has batch normalization; that model was chosen "
        "on training digits that were held out, the rate and the margin earlier, on MNIST. Seconds of training, ours "
        "with all compilation; both with an allocator that keeps its memory. Test set against test set.",
        *parts,
    )
    publish("balanced", text, arguments.write)


def measure(folder: Path, seed: int, backend: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """What ran, and the cells of each side: samples, seconds, share, Recall@1, MAP@R."""
    labels = read_mnist(folder)[1][1]
    with Worker("tfa", "tutorial.peer", environ=KEEP_MEMORY) as peer:
        versions = [peer.ask("start", data=str(folder), seed=seed, batch_size=32)]
        epochs, ours = [], []
        turns = iter(MODELS)
        for number in range(EPOCHS["peer"]):
            epochs.append(peer.ask("epoch")["seconds"])
            # Between the peer's epochs; memory is given back before the next one.
            if number % 2 and (model := next(turns, None)):
                with Worker(backend, "balanced.ours", environ=KEEP_MEMORY) as worker:
                    version = worker.ask("start", data=str(folder), seed=seed, model=model)
                    seconds = worker.ask("train", epochs=EPOCHS["ours"])["seconds"]
                    ours.append((MODELS[model], seconds, score(worker, labels)))
        versions.append(version)
        whole = sum(epochs)
        count = len(read_mnist(folder)[0][1])
        found = [("TensorFlow Addons", [f"{EPOCHS['peer'] * count:,}", f"{whole:.1f}", "", *score(peer, labels)])]
        for name, seconds, scored in ours:
            cells = [f"{EPOCHS['ours'] * count:,}", f"{seconds:.1f}", f"{seconds / whole:.2f}", *scored]
            found.append((name, cells))
    return versions, found


def score(worker: Worker, labels: np.ndarray[Any, Any]) -> list[str]:
    """Recall@1 and MAP@R of the embeddings of the test set."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "embeddings.npy"
        worker.ask("embed", to=str(path))
        figures = evaluate(np.load(path), labels, ks=[1], resamples=0).figures
    return [f"{figures[name].value:.4f}" for name in ("recall_at_1", "map_at_r")]

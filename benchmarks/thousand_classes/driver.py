"""Semi-hard mining of a thousand classes: TensorFlow Addons, and semihard on random and on balanced batches.

The classes are synthetic, so that the benchmark needs no download; the model is a small perceptron, the same on each
side. After each epoch one NumPy routine scores the embeddings of a thousand classes that none of them was trained on.

    python -m benchmarks thousand_classes --write
    python -m benchmarks thousand_classes --epochs 2 --backend jax
"""

import argparse
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.harness.environments import OURS
from benchmarks.harness.page import made_by, options, page, progress, publish, table
from benchmarks.harness.worker import Worker
from benchmarks.thousand_classes.classes import make
from semihard.data import preflight
from semihard.evaluation import evaluate


def train(arguments: argparse.Namespace, side: str, sampler: str) -> list[str]:
    """Train one side; return what each epoch gave: its loss, and MAP@R on unseen classes."""
    classes, samples, seed = arguments.classes, arguments.samples, arguments.seed
    unseen = make(classes, samples, seed)[1][1]
    cells = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Worker(side, "thousand_classes.peer" if side == "tfa" else "thousand_classes.ours") as worker,
    ):
        path = Path(folder) / "embeddings.npy"
        worker.ask(
            "start", classes=classes, samples=samples, batch_size=arguments.batch_size, seed=seed, sampler=sampler
        )
        for epoch in range(arguments.epochs):
            got = worker.ask("epoch")
            worker.ask("embed", to=str(path))
            embeddings = np.load(path)
            finite = np.isfinite(embeddings).all()
            score = math.nan
            if finite:
                score = evaluate(embeddings, unseen, resamples=0).figures["map_at_r"].value
            cells.append(f"{got['loss']:.3f}, {score:.4f}" if finite else f"NaN from batch {got['nan_from']} on")
            progress(f"{side}, {sampler}, epoch {epoch + 1}: {cells[-1]}")
    return cells


def main(line: Sequence[str]) -> None:
    """Train, print, and write what was asked for."""
    parser = options("thousand_classes", __doc__)
    parser.add_argument("--classes", type=int, default=1000, help="training classes, and unseen ones")
    parser.add_argument("--samples", type=int, default=20, help="samples a class")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--backend", choices=list(OURS), default="tensorflow", help="of semihard")
    arguments = parser.parse_args(line)
    sides = {
        "TensorFlow Addons, random batches": ("tfa", "random"),
        "semihard, random batches": (arguments.backend, "random"),
        "semihard, balanced batches": (arguments.backend, "balanced"),
    }
    curves = {name: train(arguments, *side) for name, side in sides.items()}
    labels = np.arange(arguments.classes).repeat(arguments.samples)
    expected = preflight(labels, arguments.batch_size)
    rows = [[str(epoch + 1), *cells] for epoch, cells in enumerate(zip(*curves.values(), strict=True))]
    text = page(
        "Semi-hard mining of many classes",
        f"{made_by('thousand_classes')}, semihard on {arguments.backend}: {arguments.classes:,} synthetic classes of "
        f"{arguments.samples} samples, batches of {arguments.batch_size}, Adam 1e-3. A random batch has no positive "
        f"pair in {expected.no_positive_pair:.0%} of the cases; balanced ones are {expected.suggestion[0]} classes of "
        f"{expected.suggestion[1]}. A cell is the epoch's loss, and MAP@R among as many classes that were never "
        "trained on.",
        table(["epoch", *curves], rows, words=[*curves]),
    )
    publish("thousand_classes", text, arguments.write)

"""Semi-hard mining of a thousand classes: TensorFlow Addons, and semihard on random and on balanced batches.

The classes are synthetic, so that the benchmark needs no download; the model is a small perceptron, the same on each
side. After each epoch one NumPy routine scores the embeddings of a thousand classes that none of them was trained on.

    python benchmarks/thousand_classes.py --write
    python benchmarks/thousand_classes.py --epochs 2 --backend jax
"""

import argparse
import math
import sys
import tempfile
from pathlib import Path

import numpy as np
from _environments import CHECKOUT, BenchmarkError, Worker, machine
from _thousand_data import make

sys.path.insert(0, str(CHECKOUT / "src"))  # so that a checkout needs no installation
from semihard.data import preflight
from semihard.metrics import retrieval_report

DOCS = CHECKOUT / "docs" / "benchmarks"


def train(arguments: argparse.Namespace, side: str, sampler: str) -> list[str]:
    """Train one side; return what each epoch gave: its loss, and MAP@R on unseen classes."""
    classes, samples, seed = arguments.classes, arguments.samples, arguments.seed
    unseen = make(classes, samples, seed)[1][1]
    script = "_thousand_addons.py" if side == "tfa" else "_thousand_ours.py"
    cells = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Worker(side, script, environ={} if side == "tfa" else {"KERAS_BACKEND": side}) as worker,
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
            score = retrieval_report(embeddings, unseen).map_at_r if finite else math.nan
            cells.append(f"{got['loss']:.3f}, {score:.4f}" if finite else f"NaN from batch {got['nan_from']} on")
            print(f"{side}, {sampler}, epoch {epoch + 1}: {cells[-1]}", file=sys.stderr)
    return cells


def main() -> None:
    """Train, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", type=int, default=1000, help="training classes, and unseen ones")
    parser.add_argument("--samples", type=int, default=20, help="samples a class")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--backend", choices=("tensorflow", "jax", "torch"), default="tensorflow", help="of semihard")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/thousand_classes.md")
    arguments = parser.parse_args()
    sides = {
        "TensorFlow Addons, random batches": ("tfa", "random"),
        "semihard, random batches": (arguments.backend, "random"),
        "semihard, balanced batches": (arguments.backend, "balanced"),
    }
    curves = {name: train(arguments, *side) for name, side in sides.items()}
    labels = np.arange(arguments.classes).repeat(arguments.samples)
    expected = preflight(labels, arguments.batch_size)
    text = "\n".join(
        [
            "# Semi-hard mining of many classes",
            "",
            f"Made by `benchmarks/thousand_classes.py` on {machine()}, semihard on {arguments.backend}: "
            f"{arguments.classes:,} synthetic classes of {arguments.samples} samples, batches of "
            f"{arguments.batch_size}, Adam 1e-3. A random batch has no positive pair in "
            f"{expected.no_positive_pair:.0%} of the cases; balanced ones are {expected.suggestion[0]} classes of "
            f"{expected.suggestion[1]}. A cell is the epoch's loss, and MAP@R among as many classes that were never "
            "trained on.",
            "",
            "| epoch | " + " | ".join(curves) + " |",
            "|---:|" + "---|" * len(curves),
            *(
                f"| {epoch + 1} | " + " | ".join(cells) + " |"
                for epoch, cells in enumerate(zip(*curves.values(), strict=True))
            ),
            "",
        ]
    )
    print(text)
    if arguments.write:
        (DOCS / "thousand_classes.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"thousand_classes.py: {error}")

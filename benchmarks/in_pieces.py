"""A large batch whole and in pieces (`semihard.layers.InPieces`): memory, time, and whether the step is the same.

python benchmarks/in_pieces.py --write
python benchmarks/in_pieces.py --sizes 2048 --backends jax
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from _environments import CHECKOUT, OURS, BenchmarkError, Worker, machine

DOCS = CHECKOUT / "docs" / "benchmarks"
# Of the embeddings; larger pieces spare hardly any time.
PIECE = 256


def measure(backend: str, batch: int, pieces: int | None, steps: int, save: Path) -> dict:
    """Run the steps in a fresh process, since a peak is of a process."""
    with Worker(backend, "_pieces_worker.py", environ={"KERAS_BACKEND": backend}) as worker:
        got = worker.ask("steps", batch=batch, pieces=pieces, count=steps, save=str(save))
    how = "whole" if pieces is None else f"{pieces} pieces"
    print(f"{backend}, {batch}, {how}: {got['seconds']:.2f} s, {got['peak']:.0f} MB", file=sys.stderr)
    return got


def apart(one: Path, other: Path) -> float:
    """How far the weights after a step lie apart, as a share of how far the step went."""
    one, other = np.load(one), np.load(other)
    after = [name for name in one.files if name.startswith("after")]
    moved = max(np.abs(one[name] - one[name.replace("after", "before")]).max() for name in after)
    return max(np.abs(one[name] - other[name]).max() for name in after) / moved


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=[2048, 4096, 16384])
    parser.add_argument("--whole-up-to", type=int, default=4096, help="beyond, a batch is not tried as a whole")
    parser.add_argument("--backends", nargs="+", choices=list(OURS), default=list(OURS))
    parser.add_argument("--steps", type=int, default=3, help="timed, after one that compiles")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/in_pieces.md")
    arguments = parser.parse_args()
    rows = []
    for batch in arguments.sizes:
        for backend in arguments.backends:
            with tempfile.TemporaryDirectory() as folder:
                whole, parted = Path(folder) / "whole.npz", Path(folder) / "pieces.npz"
                pieces = batch // PIECE
                cells = ["–", "–"]
                if batch <= arguments.whole_up_to:
                    got = measure(backend, batch, None, arguments.steps, whole)
                    cells = [f"{got['seconds']:.2f}", f"{got['peak']:,.0f}"]
                got = measure(backend, batch, pieces, arguments.steps, parted)
                cells += [f"{pieces}", f"{got['seconds']:.2f}", f"{got['peak']:,.0f}"]
                cells += [f"{apart(whole, parted):.0e}" if whole.exists() else "–"]
            rows.append(f"| {batch:,} | {backend} | " + " | ".join(cells) + " |")
    text = "\n".join(
        [
            "# A large batch in pieces",
            "",
            f"Made by `benchmarks/in_pieces.py` on {machine()}: a convolutional model of MNIST (64 and 32 filters, 256 "
            f"dimensions), four samples a class, TripletSemiHardLoss, SGD; pieces of {PIECE}. Seconds a step, and peak "
            "memory above what the data takes. The last column is the largest difference between the weights after one "
            "step, as a share of the largest change that the step made.",
            "",
            "| batch | backend | whole: seconds | MB | pieces | seconds | MB | difference |",
            "|---:|---|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
        ]
    )
    print(text)
    if arguments.write:
        (DOCS / "in_pieces.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"in_pieces.py: {error}")

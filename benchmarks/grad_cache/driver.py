"""A large batch whole and in chunks (`semihard.layers.GradCache`): memory, time, and whether the step is the same.

python -m benchmarks grad_cache --write
python -m benchmarks grad_cache --sizes 2048 --backends jax
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.harness.environments import OURS
from benchmarks.harness.page import made_by, options, page, progress, publish, table, times
from benchmarks.harness.worker import Worker

# Of the embeddings; larger chunks spare hardly any time.
CHUNK = 256


def measure(backend: str, batch: int, chunks: int | None, steps: int, save: Path) -> dict:
    """Run the steps in a fresh process, since a peak is of a process."""
    with Worker(backend, "grad_cache.ours") as worker:
        got = worker.ask("steps", batch=batch, chunks=chunks, count=steps, save=str(save))
    how = "whole" if chunks is None else f"{chunks} chunks"
    progress(f"{backend}, {batch}, {how}: {got['seconds']:.2f} s, {got['peak']:.0f} MB")
    return got


def apart(one: Path, other: Path) -> float:
    """How far the weights after a step lie apart, as a share of how far the step went."""
    one, other = np.load(one), np.load(other)
    after = [name for name in one.files if name.startswith("after")]
    moved = max(np.abs(one[name] - one[name.replace("after", "before")]).max() for name in after)
    return max(np.abs(one[name] - other[name]).max() for name in after) / moved


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("grad_cache", __doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[2048, 4096, 16384])
    parser.add_argument("--whole-up-to", type=int, default=4096, help="beyond, a batch is not tried as a whole")
    parser.add_argument("--backends", nargs="+", choices=list(OURS), default=list(OURS))
    parser.add_argument("--steps", type=int, default=3, help="timed, after one that compiles")
    arguments = parser.parse_args(line)
    rows = []
    for batch in arguments.sizes:
        for backend in arguments.backends:
            with tempfile.TemporaryDirectory() as folder:
                whole, parted = Path(folder) / "whole.npz", Path(folder) / "chunks.npz"
                chunks, cells, ratios = batch // CHUNK, ["–", "–"], ["–", "–"]
                if batch <= arguments.whole_up_to:
                    one = measure(backend, batch, None, arguments.steps, whole)
                    cells = [f"{one['seconds']:.2f}", f"{one['peak']:,.0f}"]
                got = measure(backend, batch, chunks, arguments.steps, parted)
                if whole.exists():
                    ratios = [times(got[what], one[what]) for what in ("seconds", "peak")]
                cells += [f"{chunks}", f"{got['seconds']:.2f}", f"{got['peak']:,.0f}", *ratios]
                cells += [f"{apart(whole, parted):.0e}" if whole.exists() else "–"]
            rows.append([f"{batch:,}", backend, *cells])
    columns = ["batch", "backend", "whole: seconds", "MB", "chunks", "seconds", "MB", "time", "memory", "difference"]
    text = page(
        "A large batch in chunks",
        f"{made_by('grad_cache')}: a convolutional model of MNIST (64 and 32 filters, 256 dimensions), four samples a "
        f"class, TripletSemiHardLoss, SGD; chunks of {CHUNK}. Seconds a step, and peak memory above what the data "
        "takes; time and memory in chunks as multiples of the whole's. The last column is the largest difference "
        "between the weights after one step, as a share of the largest change that the step made.",
        table(columns, rows, words=["backend"]),
    )
    publish("grad_cache", text, arguments.write)

"""Augmentation of a balanced batch, each sample with random numbers of its own, beside the layer on the whole batch.

Both do the same on the same backend in the same process, in turn: one call of the layer for the whole batch, as in a
model, and the way of `BalancedBatches`. Images are float32 before the clock starts. Figures are medians, and the ratio
is the median of the rounds' ratios.

    python -m benchmarks augmentation --write
    python -m benchmarks augmentation --backends jax --batch 64 --rounds 40
    taskset -c 0 python -m benchmarks augmentation
"""

from collections.abc import Sequence

from benchmarks.harness.environments import OURS
from benchmarks.harness.page import made_by, options, page, progress, publish, table
from benchmarks.harness.worker import Worker

WAYS = ("five layers", "flip, brightness", "flip, crop", "own layer")
ABOUT = """\
The five layers are RandomFlip, RandomRotation, RandomTranslation, RandomBrightness and RandomContrast. "own
layer" is a user's layer of which nothing is known: it is called for each sample, since it could make one choice for all
that it is given together. It adds one number to each picture.
"""


def main(line: Sequence[str]) -> None:
    """Measure each backend in a process of its own; print, and write what was asked for."""
    parser = options("augmentation", __doc__)
    parser.add_argument("--backends", nargs="+", choices=list(OURS), default=list(OURS))
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--side", type=int, default=96, help="pixels")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args(line)
    sizes = {"batch": arguments.batch, "side": arguments.side, "rounds": arguments.rounds}
    rows = []
    for backend in arguments.backends:
        with Worker(backend, "augmentation.ours") as worker:
            for way in WAYS:
                progress(f"{backend}, {way}")
                got = worker.ask("measure", way=way, **sizes)
                figures = [f"{got['theirs']:.1f}", f"{got['ours']:.1f}", f"{got['ratio']:.2f}×"]
                rows.append([OURS[backend].title, way, *figures])
    progress("")
    columns = ["backend", "layers", "layer on the batch, ms", "`BalancedBatches`, ms", "ratio"]
    text = page(
        "Augmentation: a sample's own random numbers against the layer on the whole batch",
        f"{made_by('augmentation')}: batches of {arguments.batch} images of {arguments.side} × {arguments.side} × 3, "
        f"medians of {arguments.rounds} rounds in which both sides take turns.",
        table(columns, rows, words=["backend", "layers"]),
        ABOUT.strip(),
    )
    publish("augmentation", text, arguments.write)

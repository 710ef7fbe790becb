"""Images a second that `semihard embed` turns into vectors: in one process, and by one and two workers of Ray.

JPEG files of 640 × 480 pixels, made of a seed; MobileNetV2 without trained weights, which costs what a trained one
does. The files that come out are compared byte for byte.

    python -m benchmarks embedding --write
    python -m benchmarks embedding --images 64 --size 32 --workers 1
"""

import tempfile
from collections.abc import Sequence

from benchmarks.harness.environments import OURS
from benchmarks.harness.machine import busy
from benchmarks.harness.page import made_by, options, page, progress, publish, table
from benchmarks.harness.worker import Worker

COLUMNS = ["", "seconds", "images/s", "before the first shard", "images/s after it", "peak MB of the command"]


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("embedding", __doc__)
    parser.add_argument("--images", type=int, default=1024)
    parser.add_argument("--size", type=int, default=160, help="pixels that the model takes (default: 160)")
    parser.add_argument("--shard", type=int, default=64, help="images a file (default: 64)")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2], metavar="N", help="of Ray (default: 1 2)")
    parser.add_argument("--backend", choices=OURS, default="torch")
    arguments = parser.parse_args(line)
    beside = busy()
    rows, same = [], True
    with tempfile.TemporaryDirectory() as folder:
        with Worker(arguments.backend, "embedding.ours") as worker:
            worker.ask("make", folder=folder, images=arguments.images, size=arguments.size)
        for workers in (0, *arguments.workers):
            side = f"Ray, {workers} worker{'s' * (workers > 1)}" if workers else "one process"
            with Worker(arguments.backend, "embedding.ours") as worker:
                found = worker.ask("embed", folder=folder, workers=workers, shard=arguments.shard)
            same = same and found["same"]
            after = arguments.images - found["first"]
            cells = [found["seconds"], arguments.images / found["seconds"], found["until"]]
            cells += [after / (found["seconds"] - found["until"]) if after else float("nan"), found["peak"]]
            rows.append([side, *(f"{cell:,.1f}" for cell in cells)])
            progress(", ".join(rows[-1]))
    text = page(
        "Vectors of images, by one process and by several",
        f"{made_by('embedding')}; {OURS[arguments.backend].title}, {arguments.images:,} JPEG files of 640 × 480, "
        f"MobileNetV2 at {arguments.size} × {arguments.size}, {arguments.shard} images a shard. {beside}",
        "Before the first shard: Ray and its workers begin, and each loads Keras and the model; in one process Keras "
        "is there already, and the model is loaded.",
        table(COLUMNS, rows, words=[""]),
        f"The files of all sides are {'the same' if same else 'NOT the same'}, byte for byte.",
    )
    publish("embedding", text, arguments.write)

"""ArcFace over many classes, all of them or some a step (`semihard.models.SampledClasses`): time and memory.

python -m benchmarks sampled_classes --write
python -m benchmarks sampled_classes --classes 10000 --backends torch
"""

from collections.abc import Sequence

from benchmarks.harness.environments import OURS
from benchmarks.harness.page import made_by, options, page, progress, publish, table, times
from benchmarks.harness.worker import Worker


def measure(backend: str, classes: int, samples: int | None, steps: int, **sizes: int) -> dict:
    """Run the steps in a fresh process, since a peak is of a process."""
    with Worker(backend, "sampled_classes.ours") as worker:
        got = worker.ask("steps", classes=classes, samples=samples, count=steps, **sizes)
    progress(f"{backend}, {classes:,} classes, {samples or 'all'}: {got['seconds']:.2f} s, {got['peak']:,.0f} MB")
    return got


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("sampled_classes", __doc__)
    parser.add_argument("--classes", nargs="+", type=int, default=[100_000, 500_000])
    parser.add_argument("--parts", nargs="+", type=int, default=[10, 100], help="one of how many classes is drawn")
    parser.add_argument("--backends", nargs="+", choices=list(OURS), default=list(OURS))
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--dim", type=int, default=128, help="width of an embedding")
    parser.add_argument("--steps", type=int, default=5, help="timed, after one that compiles")
    arguments = parser.parse_args(line)
    sizes = {"batch": arguments.batch, "dim": arguments.dim}
    rows = []
    for classes in arguments.classes:
        for backend in arguments.backends:
            whole = measure(backend, classes, None, arguments.steps, **sizes)
            begin = [f"{classes:,}", OURS[backend].title]
            rows.append([*begin, "all", f"{whole['seconds']:.2f}", f"{whole['peak']:,.0f}", "", ""])
            for part in arguments.parts:
                got = measure(backend, classes, classes // part, arguments.steps, **sizes)
                ratios = [times(got[what], whole[what]) for what in ("seconds", "peak")]
                rows.append([*begin, f"{classes // part:,}", f"{got['seconds']:.2f}", f"{got['peak']:,.0f}", *ratios])
    columns = ["classes", "backend", "drawn a step", "seconds", "MB", "time of all", "memory of all"]
    text = page(
        "ArcFace over many classes, some a step",
        f"{made_by('sampled_classes')}: one dense layer, batches of {arguments.batch}, {arguments.dim} dimensions, "
        "SGD. Seconds a step, and peak memory of all steps; class vectors and their gradient included, of "
        f"{arguments.dim * 4 / 1e3:.1f} kB a class each. Last, both as multiples of those of all classes.",
        table(columns, rows, words=["backend"]),
    )
    publish("sampled_classes", text, arguments.write)

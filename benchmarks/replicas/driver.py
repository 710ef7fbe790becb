"""A batch shared by 1, 2 and 4 processes of PyTorch, `cross_replica=True`: time and memory of a process's loss.

python -m benchmarks replicas --write
python -m benchmarks replicas --sizes 1024 --processes 1 2
"""

from collections.abc import Sequence

from benchmarks.harness.machine import busy
from benchmarks.harness.page import made_by, options, page, progress, publish, table, times
from benchmarks.harness.worker import Worker

COLUMNS = ["batch", "processes", "seconds a step", "of a process on its core", "times", "MB of a process", "times"]


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("replicas", __doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[4096, 16384], help="of the whole batch")
    parser.add_argument("--processes", nargs="+", type=int, default=[1, 2, 4])
    parser.add_argument("--steps", type=int, default=5, help="timed, after one that is not (default: 5)")
    arguments = parser.parse_args(line)
    beside = busy()
    rows, apart = [], []
    for batch in arguments.sizes:
        alone = None
        for processes in arguments.processes:
            with Worker("torch", "replicas.ours") as worker:
                found = worker.ask("steps", processes=processes, batch=batch, count=arguments.steps)
            alone = alone or found
            ratios = [times(found[what], alone[what]) for what in ("cpu", "peak")]
            cells = f"{found['seconds']:.2f}", f"{found['cpu']:.2f}", ratios[0], f"{found['peak']:,.0f}", ratios[1]
            rows.append([f"{batch:,}", f"{processes}", *cells])
            apart += [abs(found[what] / alone[what] - 1) for what in ("loss", "gradient")]
            progress(", ".join(rows[-1]))
    text = page(
        "A batch shared by several processes",
        f"{made_by('replicas')}: PyTorch, gloo, TripletSemiHardLoss(cross_replica=True) on random unit vectors of 256 "
        "numbers, four of a class; value and gradient, without a model. A process has one thread, and its part of the "
        "batch; it mines for that part against the whole. Seconds of the slowest process, on "
        f"the wall and on its core; memory above what the process held before. {beside}",
        table(COLUMNS, rows, words=[]),
        f"Loss and length of the gradient are those of one process to {max(apart):.0e}. More processes than cores wait "
        "for each other on the wall; what a process works, and what it holds, is on the right.",
    )
    publish("replicas", text, arguments.write)

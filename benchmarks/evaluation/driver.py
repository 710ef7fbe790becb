"""The report on a set of embeddings: semihard against the AccuracyCalculator of pytorch-metric-learning, in one run.

The whole report, `semihard.evaluate`, also holds Recall@k and Precision@k, intervals over classes, confusions, health.
A size may name fewer queries than the gallery holds ("250000/25000"), so that the largest does not take an hour.

    python -m benchmarks evaluation --write
    python -m benchmarks evaluation --sizes 10000 --rounds 5
"""

import statistics
from collections.abc import Sequence

from benchmarks.harness.page import made_by, options, page, progress, publish, table, times
from benchmarks.harness.worker import Worker

SIDES = {
    "pml": "pytorch-metric-learning, faiss",
    "same": "semihard, the same four figures",
    "ours": "semihard, the whole report",
}


def size(text: str) -> tuple[int, int]:
    """Read "60000" or "250000/25000"."""
    gallery, _, queries = text.partition("/")
    return int(gallery), int(queries or gallery)


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("evaluation", __doc__)
    parser.add_argument("--sizes", nargs="+", type=size, default=[(10_000,) * 2, (60_000,) * 2, (250_000, 25_000)])
    parser.add_argument("--classes", type=int, default=0, help="by default one for each hundred embeddings")
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=1, help="the sides in turn; medians")
    arguments = parser.parse_args(line)
    rows = []
    for count, queries in arguments.sizes:
        classes = arguments.classes or max(2, count // 100)
        found = {side: [] for side in SIDES}
        for _ in range(arguments.rounds):
            for side in SIDES:
                asked = {"count": count, "classes": classes, "dim": arguments.dim, "queries": queries}
                # Ours runs on plain NumPy; any environment of ours will do.
                name, module = ("pml", "peer") if side == "pml" else ("torch", "ours")
                asked |= {} if side == "pml" else {"whole": side == "ours"}
                with Worker(
                    name, f"evaluation.{module}"
                ) as worker:  # a fresh process each, since a peak is of a process
                    got = worker.ask("report", **asked)
                found[side].append(got)
                progress(f"{count}, {side}: {got['seconds']:.1f} s, {got['peak']:.0f} MB")
        middle = {
            (side, key): statistics.median(got[key] for got in found[side])
            for side in SIDES
            for key in ("seconds", "peak")
        }
        for side, title in SIDES.items():
            cells = [f"{count:,}", f"{queries:,}", f"{classes:,}", title]
            cells += [f"{middle[side, 'seconds']:.2f}", times(middle[side, "seconds"], middle["pml", "seconds"])]
            cells += [f"{middle[side, 'peak']:,.0f}", times(middle[side, "peak"], middle["pml", "peak"])]
            figures = found[side][0]["figures"]
            rows.append(
                [*cells, *(f"{figures[name]:.6f}" for name in ("recall_at_1", "r_precision", "map_at_r", "mrr"))]
            )
    columns = ["gallery", "queries", "classes", "side", "seconds", "of the peer's", "peak, MB", "of the peer's"]
    columns += ["Recall@1", "R-Precision", "MAP@R", "MRR"]
    text = page(
        "The report on embeddings: time, memory, figures",
        f"{made_by('evaluation')}; {arguments.dim}-dimensional unit vectors. Peak memory is above what the data takes. "
        "The whole report also holds Recall@k, Precision@k, intervals, confusions, and health.",
        table(columns, rows, words=["side"]),
    )
    publish("evaluation", text, arguments.write)

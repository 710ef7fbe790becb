"""The report on a set of embeddings: semihard against the AccuracyCalculator of pytorch-metric-learning, in one run.

The whole report, `semihard.evaluate`, also holds Recall@k and Precision@k, intervals over classes, confusions, health.
A size may name fewer queries than the gallery holds ("250000/25000"), so that the largest does not take an hour.

    python benchmarks/evaluation.py --write
    python benchmarks/evaluation.py --sizes 10000 --rounds 5
"""

import argparse
import statistics
import sys

from _environments import CHECKOUT, BenchmarkError, Worker, machine

DOCS = CHECKOUT / "docs" / "benchmarks"
SIDES = {
    "pml": "pytorch-metric-learning, faiss",
    "same": "semihard, the same four figures",
    "ours": "semihard, the whole report",
}


def size(text: str) -> tuple[int, int]:
    """Read "60000" or "250000/25000"."""
    gallery, _, queries = text.partition("/")
    return int(gallery), int(queries or gallery)


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=size, default=[(10_000,) * 2, (60_000,) * 2, (250_000, 25_000)])
    parser.add_argument("--classes", type=int, default=0, help="by default one for each hundred embeddings")
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=1, help="the sides in turn; medians")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/evaluation.md")
    arguments = parser.parse_args()
    rows = []
    for count, queries in arguments.sizes:
        classes = arguments.classes or max(2, count // 100)
        found = {side: [] for side in SIDES}
        for _ in range(arguments.rounds):
            for side in SIDES:
                # Ours runs on plain NumPy; any environment of ours will do.
                name, script = ("pml", "_evaluation_pml.py") if side == "pml" else ("torch", "_evaluation_ours.py")
                asked = {} if side == "pml" else {"whole": side == "ours"}
                with Worker(name, script) as worker:  # a fresh process each, since a peak is of a process
                    got = worker.ask(
                        "report", count=count, classes=classes, dim=arguments.dim, queries=queries, **asked
                    )
                found[side].append(got)
                print(f"{count}, {side}: {got['seconds']:.1f} s, {got['peak']:.0f} MB", file=sys.stderr)
        for side, title in SIDES.items():
            middle = {key: statistics.median(got[key] for got in found[side]) for key in ("seconds", "peak")}
            figures = found[side][0]["figures"]
            cells = " | ".join(f"{figures[name]:.6f}" for name in ("recall_at_1", "r_precision", "map_at_r", "mrr"))
            rows.append(
                f"| {count:,} | {queries:,} | {classes:,} | {title} "
                f"| {middle['seconds']:.2f} | {middle['peak']:,.0f} | {cells} |"
            )
    text = "\n".join(
        [
            "# The report on embeddings: time, memory, figures",
            "",
            f"Made by `benchmarks/evaluation.py` on {machine()}; {arguments.dim}-dimensional unit vectors. Peak memory "
            "is above what the data takes. The whole report also holds Recall@k, Precision@k, intervals, confusions, "
            "and health.",
            "",
            "| gallery | queries | classes | side | seconds | peak, MB | Recall@1 | R-Precision | MAP@R | MRR |",
            "|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
        ]
    )
    print(text)
    if arguments.write:
        (DOCS / "evaluation.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"evaluation.py: {error}")

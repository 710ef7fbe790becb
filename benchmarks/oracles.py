"""The figures of `semihard.evaluate` beside those of torchmetrics, ranx and pytorch-metric-learning, on small sets.

Random, tied, collapsed, long-tailed and singleton data; the second line of each is the same set in another order.

    python benchmarks/oracles.py --write
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from _environments import CHECKOUT, BenchmarkError, Worker

sys.path.insert(0, str(CHECKOUT / "src"))  # so that a checkout needs no installation
from semihard.evaluation import evaluate

DOCS = CHECKOUT / "docs" / "benchmarks"
NAMES = ("recall_at_1", "precision_at_5", "r_precision", "map_at_r", "mrr")


def sets():
    """Yield a name, embeddings float32 [n, dim] and labels int64 [n]."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 8, 200)
    yield "random", rng.normal(size=(200, 8)) + 0.7 * rng.normal(size=(8, 8))[labels], labels
    yield "tied (a grid)", rng.integers(0, 3, (200, 3)), labels
    yield "collapsed", np.full((60, 4), 0.3), np.repeat([0, 1], [40, 20])
    tail = np.repeat(np.arange(12), [90, 40, 20, 12, 8, 6, 5, 4, 4, 3, 2, 2])
    yield "long-tailed", rng.normal(size=(len(tail), 6)) + rng.normal(size=(12, 6))[tail], tail
    single = np.concatenate([np.arange(40), np.arange(40, 50).repeat(3)])
    yield "singletons", rng.normal(size=(len(single), 6)) + rng.normal(size=(50, 6))[single], single


def main() -> None:
    """Score, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/oracles.md")
    arguments = parser.parse_args()
    lines = [
        "# The figures beside other libraries'",
        "",
        "Made by `benchmarks/oracles.py`. Each set twice, the second time in another order. A dash: the library has no "
        "such figure. torchmetrics' average precision at R is divided by the hits among the R nearest, so it is no "
        "MAP@R.",
        "",
        "| set | library | " + " | ".join(NAMES) + " |",
        "|---|---|" + "---:|" * len(NAMES),
    ]
    with Worker("pml", "_oracles.py") as worker, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.npz"
        for name, x, labels in sets():
            for turn, order in enumerate((np.arange(len(x)), np.random.default_rng(1).permutation(len(x)))):
                np.savez(path, x=x[order].astype("float32"), labels=labels[order])
                ours = evaluate(x[order].astype("float32"), labels[order], resamples=0).figures
                rows = {"semihard": {figure: ours[figure].value for figure in NAMES}}
                rows |= worker.ask("figures", path=str(path))
                for library, found in rows.items():
                    cells = ["–" if found[figure] is None else f"{found[figure]:.4f}" for figure in NAMES]
                    lines.append(f"| {name}{', shuffled' if turn else ''} | {library} | " + " | ".join(cells) + " |")
    text = "\n".join([*lines, ""])
    print(text)
    if arguments.write:
        (DOCS / "oracles.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"oracles.py: {error}")

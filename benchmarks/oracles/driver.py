"""The figures of `semihard.evaluate` beside those of torchmetrics, ranx and pytorch-metric-learning, on small sets.

Random, tied, collapsed, long-tailed and singleton data; the second line of each is the same set in another order.

    python -m benchmarks oracles --write
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.harness.page import options, page, publish, table
from benchmarks.harness.worker import Worker
from semihard.evaluation import evaluate

NAMES = ("recall_at_1", "precision_at_5", "r_precision", "map_at_r", "mrr")
MEASURES = ("recall_at", "precision_at", "r_precision", "map_at_r", "reciprocal_rank")


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


def main(line: Sequence[str]) -> None:
    """Score, print, and write what was asked for."""
    arguments = options("oracles", __doc__).parse_args(line)
    rows = []
    with Worker("pml", "oracles.peer") as worker, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.npz"
        for name, x, labels in sets():
            for turn, order in enumerate((np.arange(len(x)), np.random.default_rng(1).permutation(len(x)))):
                np.savez(path, x=x[order].astype("float32"), labels=labels[order])
                ours = evaluate(x[order].astype("float32"), labels[order], measures=MEASURES, resamples=0).figures
                found = {"semihard": {figure: ours[figure].value for figure in NAMES}}
                found |= worker.ask("figures", path=str(path))
                for library, figures in found.items():
                    cells = ["–" if figures[figure] is None else f"{figures[figure]:.4f}" for figure in NAMES]
                    rows.append([f"{name}{', shuffled' if turn else ''}", library, *cells])
    text = page(
        "The figures beside other libraries'",
        "Made by `python -m benchmarks oracles`. Each set twice, the second time in another order. A dash: the library "
        "has no such figure. torchmetrics' average precision at R is divided by the hits among the R nearest, so it is "
        "no MAP@R.",
        table(["set", "library", *NAMES], rows, words=["set", "library"]),
    )
    publish("oracles", text, arguments.write)

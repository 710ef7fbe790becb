"""Worker: the same retrieval figures from libraries that others trust: torchmetrics, ranx, pytorch-metric-learning."""

import logging

import numpy as np
import torch
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from ranx import Qrels, Run
from ranx import evaluate as ranx_evaluate
from torchmetrics.functional import retrieval as torchmetrics

from benchmarks.harness.serve import serve

NAMES = ("recall_at_1", "precision_at_5", "r_precision", "map_at_r", "mrr")


def figures(path):
    """Score the embeddings and labels in an .npz file; return library → figure → value, None where it has none."""
    data = np.load(path)
    x, labels = data["x"], data["labels"]
    distances = np.sqrt(((x[:, None].astype(float) - x[None].astype(float)) ** 2).sum(-1))
    queries = [i for i in range(len(x)) if (np.delete(labels, i) == labels[i]).any()]
    return {
        "torchmetrics": _torchmetrics(distances, labels, queries),
        "ranx": _ranx(distances, labels, queries),
        "pytorch-metric-learning": _calculator(x, labels),
    }


def _torchmetrics(distances, labels, queries):
    rows = []
    for i in queries:
        others = np.delete(np.arange(len(labels)), i)
        scores = torch.tensor(
            1 + distances.max() - distances[i, others]
        )  # it takes what is not positive as not retrieved
        relevant = torch.tensor(labels[others] == labels[i])
        total = int(relevant.sum())
        at_r = torchmetrics.retrieval_average_precision(scores, relevant, top_k=total)
        rows.append(
            [
                torchmetrics.retrieval_hit_rate(scores, relevant, top_k=1),
                torchmetrics.retrieval_precision(scores, relevant, top_k=5),
                torchmetrics.retrieval_r_precision(scores, relevant),
                at_r,
                torchmetrics.retrieval_reciprocal_rank(scores, relevant),
            ]
        )
    return dict(zip(NAMES, np.mean(rows, axis=0).tolist(), strict=True))


def _ranx(distances, labels, queries):
    qrels, run = {}, {}
    for i in queries:
        others = [j for j in range(len(labels)) if j != i]
        qrels[f"q{i}"] = {f"d{j}": 1 for j in others if labels[j] == labels[i]}
        run[f"q{i}"] = {f"d{j}": float(-distances[i, j]) for j in others}
    found = ranx_evaluate(Qrels(qrels), Run(run), ["hit_rate@1", "precision@5", "r-precision", "mrr"])
    values = [found["hit_rate@1"], found["precision@5"], found["r-precision"], None, found["mrr"]]
    return dict(zip(NAMES, [None if value is None else float(value) for value in values], strict=True))


def _calculator(x, labels):
    logging.disable(logging.WARNING)
    found = AccuracyCalculator(k="max_bin_count").get_accuracy(torch.from_numpy(x), torch.from_numpy(labels))
    names = ("precision_at_1", None, "r_precision", "mean_average_precision_at_r", "mean_reciprocal_rank")
    return dict(zip(NAMES, [name and float(found[name]) for name in names], strict=True))


if __name__ == "__main__":
    serve({"figures": figures})

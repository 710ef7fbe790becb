"""The losses of this library on PyTorch: see `worker.py`."""

import torch
from keras import ops
from torch.nn.functional import normalize

from benchmarks.reality_check.definitions import CENTERS
from semihard import losses
from semihard.layers import CosineClassifier


def make(name, options, task):
    """Return a function (embeddings, labels) → loss, and the class vectors, a list of one or none."""
    if name in OVER_CLASSES:
        loss_class, centers = OVER_CLASSES[name]
        loss, layer = loss_class(**options), CosineClassifier(task.classes, centers)
        layer.build((None, task.dim))
        layer.set_weights([task.vectors(centers)])
        return lambda x, labels: loss(labels, layer(x)), [layer.vectors.value]
    if name == "cross-entropy":
        vectors = torch.from_numpy(task.vectors()).requires_grad_()
        return lambda x, labels: torch.nn.functional.cross_entropy(x @ vectors.T, labels), [vectors]
    if name == "npairs-kinds":
        loss, several = losses.NpairsMultilabelLoss(), torch.from_numpy(task.labels())
        scale = options.get("scale", 20.0)
        return lambda x, labels: loss(several[labels[0::2]], scale * _cosines(x)), []
    if name in OF_PAIRS:
        return OF_PAIRS[name](**options), []
    loss_class, always = OF_THE_BATCH[name]
    loss = loss_class(**always, **options)
    return lambda x, labels: loss(labels, x), []


def _pairs(**options):
    """Half of the pairs are of one class, half of two: classes come in runs of even length, two of them or more."""
    loss = losses.ContrastiveLoss(**options)

    def of_pairs(x, labels):
        first, second, turned = x[0::2], x[1::2], labels[0::2].roll(len(labels) // 4)
        same = torch.cat([labels[0::2] == labels[1::2], turned == labels[1::2]])
        others = torch.cat([second, first.roll(len(labels) // 4, 0)])
        distances = ops.norm(torch.cat([first, second]) - others + 1e-12, axis=1)
        return loss(same, distances)

    return of_pairs


def _npairs():
    loss = losses.NpairsLoss()
    return lambda x, labels: loss(labels[0::2], x[0::2] @ x[1::2].T)


def _ranking(scale=20.0):
    loss = losses.NpairsLoss()
    return lambda x, labels: loss(labels[0::2], scale * _cosines(x))


def _cosines(x):
    return normalize(x[0::2], dim=1) @ normalize(x[1::2], dim=1).T


OVER_CLASSES = {
    "arcface": (losses.ArcFaceLoss, 1),
    "sub-center": (losses.ArcFaceLoss, CENTERS),
    "cosface": (losses.CosFaceLoss, 1),
    "proxy-anchor": (losses.ProxyAnchorLoss, 1),
}
OF_PAIRS = {"pairs": _pairs, "npairs": _npairs, "ranking": _ranking}
OF_THE_BATCH = {
    "semi-hard": (losses.TripletSemiHardLoss, {}),
    "all-semi-hard": (losses.TripletLoss, {"negatives": "all_semi_hard", "average": "active"}),
    "all": (losses.TripletLoss, {"negatives": "all", "average": "active"}),
    "hard": (losses.TripletHardLoss, {}),
    "hard-soft": (losses.TripletHardLoss, {"soft": True}),
    "contrastive": (losses.PairContrastiveLoss, {}),
    "lifted": (losses.LiftedStructLoss, {}),
    "multi-similarity": (losses.MultiSimilarityLoss, {}),
    "supcon": (losses.SupervisedContrastiveLoss, {}),
    "nt-xent": (losses.NTXentLoss, {}),
    "circle": (losses.CircleLoss, {}),
}

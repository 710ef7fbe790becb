"""The losses of pytorch-metric-learning: see `worker.py`."""

import math

import torch
from pytorch_metric_learning import losses, miners

from benchmarks.reality_check.definitions import CENTERS


def make(name, options, task):
    """Return a function (embeddings, labels) → loss, and the class vectors, a list of one or none."""
    if name in OVER_CLASSES:
        loss_class, names, own, centers = OVER_CLASSES[name]
        given = {names[option]: _there(name, option, value) for option, value in options.items()}
        several = {names["centers"]: centers} if centers > 1 else {}
        loss = loss_class(num_classes=task.classes, embedding_size=task.dim, **several, **given)
        vectors, parameter = torch.from_numpy(task.vectors(centers)), getattr(loss, own)
        # Ours begin with the same.
        parameter.data = vectors if parameter.shape == vectors.shape else vectors.T.contiguous()
        return loss, [parameter]
    loss, miner = OF_THE_BATCH[name](**options)
    if miner is None:
        return loss, []
    return lambda x, labels: loss(x, labels, miner(x, labels)), []


def _there(name, option, value):
    """Angles are in degrees there."""
    return math.degrees(value) if option == "margin" and name in ("arcface", "sub-center") else value


_SAME = {"margin": "margin", "scale": "scale", "centers": "sub_centers"}
OVER_CLASSES = {  # the class, its options' names by ours, its parameter, centers
    "arcface": (losses.ArcFaceLoss, _SAME, "W", 1),
    "sub-center": (losses.SubCenterArcFaceLoss, _SAME, "W", CENTERS),
    "cosface": (losses.CosFaceLoss, _SAME, "W", 1),
    "proxy-anchor": (losses.ProxyAnchorLoss, {"margin": "margin", "alpha": "alpha"}, "proxies", 1),
    "normalized-softmax": (losses.NormalizedSoftmaxLoss, {"temperature": "temperature"}, "W", 1),
    "proxy-nca": (losses.ProxyNCALoss, {"scale": "softmax_scale"}, "proxies", 1),
    "soft-triple": (
        losses.SoftTripleLoss,
        {"scale": "la", "margin": "margin", "centers": "centers_per_class"},
        "fc",
        CENTERS,
    ),
}


def _triplets(kind):
    """Triplets of a miner whose margin is the loss's own, where one is given."""

    def make_both(**options):
        loss = losses.TripletMarginLoss(**options)
        if kind == "hard":
            return loss, miners.BatchHardMiner()
        return loss, miners.TripletMarginMiner(**options, type_of_triplets=kind) if kind else None

    return make_both


def _contrastive(**options):
    names = {"positive_margin": "pos_margin", "negative_margin": "neg_margin"}
    return losses.ContrastiveLoss(**{names[option]: value for option, value in options.items()}), None


def _lifted(**options):
    names = {"margin": "neg_margin"}
    return losses.LiftedStructureLoss(**{names[option]: value for option, value in options.items()}), None


def _multi_similarity(epsilon=0.1, **options):
    return losses.MultiSimilarityLoss(**options), miners.MultiSimilarityMiner(epsilon)


def _circle(**options):
    names = {"margin": "m", "scale": "gamma"}
    return losses.CircleLoss(**{names[option]: value for option, value in options.items()}), None


OF_THE_BATCH = {
    "all-semi-hard": _triplets("semihard"),
    "all": _triplets(""),
    "hard": _triplets("hard"),
    "contrastive": _contrastive,
    "lifted": _lifted,
    "npairs": lambda: (losses.NPairsLoss(), None),
    "multi-similarity": _multi_similarity,
    "supcon": lambda **options: (losses.SupConLoss(**options), None),
    "nt-xent": lambda **options: (losses.NTXentLoss(**options), None),
    "circle": _circle,
    "margin": lambda **options: (losses.MarginLoss(**options), miners.DistanceWeightedMiner()),
}

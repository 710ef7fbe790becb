"""The losses of pytorch-metric-learning: see `worker.py`."""

import math

import torch
from pytorch_metric_learning import losses, miners

from benchmarks.losses.definitions import CENTERS, DIM, FAR, MARGIN


def make(name, batch):
    """Return a function (labels, x, *vectors) → loss, and the class vectors, a list of one or none."""
    if name in OVER_CLASSES:
        loss_class, options, centers = OVER_CLASSES[name]
        loss = loss_class(num_classes=batch.classes, embedding_size=DIM, **options)
        own, vectors = loss.proxies if name == "proxy-anchor" else loss.W, torch.from_numpy(batch.vectors(centers))
        own.data = vectors if own.shape == vectors.shape else vectors.T.contiguous()
        return lambda labels, x, vectors: loss(x, labels), [own]
    loss, miner = OF_THE_BATCH[name]()
    if miner is None:
        return lambda labels, x: loss(x, labels), []
    return lambda labels, x: loss(x, labels, miner(x, labels)), []


OVER_CLASSES = {  # margins in degrees, where ours are in radians
    "arcface": (losses.ArcFaceLoss, {"margin": math.degrees(0.5)}, 1),
    "cosface": (losses.CosFaceLoss, {}, 1),
    "sub-center": (losses.SubCenterArcFaceLoss, {"margin": math.degrees(0.5), "sub_centers": CENTERS}, CENTERS),
    "proxy-anchor": (losses.ProxyAnchorLoss, {}, 1),
}
OF_THE_BATCH = {
    "all-semi-hard": lambda: (
        losses.TripletMarginLoss(MARGIN),
        miners.TripletMarginMiner(MARGIN, type_of_triplets="semihard"),
    ),
    "all": lambda: (losses.TripletMarginLoss(MARGIN), None),
    "hard-active": lambda: (losses.TripletMarginLoss(MARGIN), miners.BatchHardMiner()),
    "lifted": lambda: (losses.LiftedStructureLoss(), None),
    "npairs-two": lambda: (losses.NPairsLoss(), None),
    "contrastive": lambda: (losses.ContrastiveLoss(neg_margin=FAR), None),
    "multi-similarity": lambda: (losses.MultiSimilarityLoss(), miners.MultiSimilarityMiner()),
    "supcon": lambda: (losses.SupConLoss(), None),
    "nt-xent": lambda: (losses.NTXentLoss(), None),
    "circle": lambda: (losses.CircleLoss(), None),
}

"""Losses over the pairs of a batch."""

from semihard.losses.base import EmbeddingLoss
from semihard.losses.contrastive import ContrastiveLoss, contrastive_loss
from semihard.losses.lifted_struct import LiftedStructLoss, lifted_struct_loss
from semihard.losses.npairs import NpairsLoss, npairs_loss
from semihard.losses.npairs_multilabel import NpairsMultilabelLoss, npairs_multilabel_loss
from semihard.losses.triplet_hard import TripletHardLoss, triplet_hard_loss
from semihard.losses.triplet_loss import TripletLoss, triplet_loss
from semihard.losses.triplet_semihard import TripletSemiHardLoss, triplet_semihard_loss

__all__ = [
    "ContrastiveLoss",
    "EmbeddingLoss",
    "LiftedStructLoss",
    "NpairsLoss",
    "NpairsMultilabelLoss",
    "TripletHardLoss",
    "TripletLoss",
    "TripletSemiHardLoss",
    "contrastive_loss",
    "lifted_struct_loss",
    "npairs_loss",
    "npairs_multilabel_loss",
    "triplet_hard_loss",
    "triplet_loss",
    "triplet_semihard_loss",
]

"""Losses over the pairs of a batch."""

from semihard.losses.base import EmbeddingLoss
from semihard.losses.circle import CircleLoss, circle_loss
from semihard.losses.contrastive import ContrastiveLoss, contrastive_loss
from semihard.losses.lifted_struct import LiftedStructLoss, lifted_struct_loss
from semihard.losses.multi_similarity import MultiSimilarityLoss, multi_similarity_loss
from semihard.losses.npairs import NpairsLoss, npairs_loss
from semihard.losses.npairs_multilabel import NpairsMultilabelLoss, npairs_multilabel_loss
from semihard.losses.nt_xent import NTXentLoss, nt_xent_loss
from semihard.losses.pair_contrastive import PairContrastiveLoss, pair_contrastive_loss
from semihard.losses.supervised_contrastive import SupervisedContrastiveLoss, supervised_contrastive_loss
from semihard.losses.triplet import TripletSemiHardLoss, triplet_semihard_loss
from semihard.losses.triplet_hard import TripletHardLoss, triplet_hard_loss

__all__ = [
    "CircleLoss",
    "ContrastiveLoss",
    "EmbeddingLoss",
    "LiftedStructLoss",
    "MultiSimilarityLoss",
    "NTXentLoss",
    "NpairsLoss",
    "NpairsMultilabelLoss",
    "PairContrastiveLoss",
    "SupervisedContrastiveLoss",
    "TripletHardLoss",
    "TripletSemiHardLoss",
    "circle_loss",
    "contrastive_loss",
    "lifted_struct_loss",
    "multi_similarity_loss",
    "npairs_loss",
    "npairs_multilabel_loss",
    "nt_xent_loss",
    "pair_contrastive_loss",
    "supervised_contrastive_loss",
    "triplet_hard_loss",
    "triplet_semihard_loss",
]

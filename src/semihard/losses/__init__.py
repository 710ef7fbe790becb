"""Losses over the pairs of a batch, and over class vectors that a layer owns."""

from semihard.losses.arcface import ArcFaceLoss, arcface_loss
from semihard.losses.base import EmbeddingLoss
from semihard.losses.circle import CircleLoss, circle_loss
from semihard.losses.contrastive import ContrastiveLoss, contrastive_loss
from semihard.losses.cosface import CosFaceLoss, cosface_loss
from semihard.losses.lifted_struct import LiftedStructLoss, lifted_struct_loss
from semihard.losses.matryoshka import MatryoshkaLoss
from semihard.losses.memory import Memory
from semihard.losses.multi_similarity import MultiSimilarityLoss, multi_similarity_loss
from semihard.losses.npairs import NpairsLoss, npairs_loss
from semihard.losses.npairs_multilabel import NpairsMultilabelLoss, npairs_multilabel_loss
from semihard.losses.nt_xent import NTXentLoss, nt_xent_loss
from semihard.losses.pair_contrastive import PairContrastiveLoss, pair_contrastive_loss
from semihard.losses.proxy_anchor import ProxyAnchorLoss, proxy_anchor_loss
from semihard.losses.supervised_contrastive import SupervisedContrastiveLoss, supervised_contrastive_loss
from semihard.losses.triplet import TripletLoss, triplet_loss
from semihard.losses.triplet_hard import TripletHardLoss, triplet_hard_loss
from semihard.losses.triplet_semihard import TripletSemiHardLoss, triplet_semihard_loss

__all__ = [
    "ArcFaceLoss",
    "CircleLoss",
    "ContrastiveLoss",
    "CosFaceLoss",
    "EmbeddingLoss",
    "LiftedStructLoss",
    "MatryoshkaLoss",
    "Memory",
    "MultiSimilarityLoss",
    "NTXentLoss",
    "NpairsLoss",
    "NpairsMultilabelLoss",
    "PairContrastiveLoss",
    "ProxyAnchorLoss",
    "SupervisedContrastiveLoss",
    "TripletHardLoss",
    "TripletLoss",
    "TripletSemiHardLoss",
    "arcface_loss",
    "circle_loss",
    "contrastive_loss",
    "cosface_loss",
    "lifted_struct_loss",
    "multi_similarity_loss",
    "npairs_loss",
    "npairs_multilabel_loss",
    "nt_xent_loss",
    "pair_contrastive_loss",
    "proxy_anchor_loss",
    "supervised_contrastive_loss",
    "triplet_hard_loss",
    "triplet_loss",
    "triplet_semihard_loss",
]

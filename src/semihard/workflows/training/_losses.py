"""Losses by name."""

from collections.abc import Sequence
from typing import Any

import keras

from semihard import losses

_TRIPLETS: dict[str, dict[str, Any]] = {
    "semi_hard": {},
    "all_semi_hard": {"negatives": "all_semi_hard", "average": "active"},
    "hardest": {"positives": "hardest", "negatives": "hardest"},
    "all": {"negatives": "all", "average": "active"},
}


def make_loss(
    name: str, mining: str | None, margin: float | None, sizes: Sequence[int] | None = None
) -> keras.losses.Loss:
    """Return one of `LOSSES`, with its own margin unless there is one; at several sizes of the embeddings if given."""
    loss = _one_size(name, mining, margin)
    return loss if sizes is None else losses.MatryoshkaLoss(loss, sizes)


def _one_size(name: str, mining: str | None, margin: float | None) -> losses.EmbeddingLoss:
    own: dict[str, Any] = {} if margin is None else {"margin": margin}
    if name == "triplet":
        return losses.TripletLoss(**own, **_TRIPLETS[mining or "semi_hard"])
    if name == "pair_contrastive":
        return losses.PairContrastiveLoss(negative_margin=1.0 if margin is None else margin)
    made = {
        "supervised_contrastive": losses.SupervisedContrastiveLoss,
        "multi_similarity": losses.MultiSimilarityLoss,
        "nt_xent": losses.NTXentLoss,
        "circle": losses.CircleLoss,
        "lifted_struct": losses.LiftedStructLoss,
        "arcface": losses.ArcFaceLoss,
        "cosface": losses.CosFaceLoss,
        "proxy_anchor": losses.ProxyAnchorLoss,
    }
    return made[name](**own)

"""The losses of sentence-transformers, which take embeddings once they have no model: see `worker.py`."""

from sentence_transformers.sentence_transformer import losses

from benchmarks.losses.definitions import MARGIN


def make(name, batch):
    """Return a function (labels, x) → loss, and no class vectors."""
    if name == "ranking":
        loss, half = losses.MultipleNegativesRankingLoss(model=None), batch.size // 2
        return lambda labels, x: loss.compute_loss_from_embeddings([x[:half], x[half:]], None), []
    return {
        "semi-hard": lambda: losses.BatchSemiHardTripletLoss(None, margin=MARGIN).batch_semi_hard_triplet_loss,
        "all": lambda: losses.BatchAllTripletLoss(None, margin=MARGIN).batch_all_triplet_loss,
        "hard": lambda: losses.BatchHardTripletLoss(None, margin=MARGIN).batch_hard_triplet_loss,
        "hard-soft": lambda: losses.BatchHardSoftMarginTripletLoss(None).batch_hard_triplet_soft_margin_loss,
    }[name](), []

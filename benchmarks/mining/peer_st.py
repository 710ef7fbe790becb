"""The strategies of sentence-transformers, whose losses take embeddings once they have no model."""

from sentence_transformers.sentence_transformer import losses


def make(strategy):
    """Return a function (labels, embeddings) → loss."""
    return {
        "semi-hard": lambda: losses.BatchSemiHardTripletLoss(None, margin=1.0).batch_semi_hard_triplet_loss,
        "batch-hard": lambda: losses.BatchHardTripletLoss(None, margin=1.0).batch_hard_triplet_loss,
        "batch-all": lambda: losses.BatchAllTripletLoss(None, margin=1.0).batch_all_triplet_loss,
    }[strategy]()

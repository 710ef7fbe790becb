"""The losses of sentence-transformers, which take embeddings once they have no model: see `worker.py`."""

from sentence_transformers.sentence_transformer import losses


def make(name, options, task):
    """Return a function (embeddings, labels) → loss, and no class vectors."""
    if name == "ranking":
        loss = losses.MultipleNegativesRankingLoss(None, **options)
        return lambda x, labels: _ranked(loss, x, labels), []
    loss_class, method = TRIPLETS[name]
    of_labels = getattr(loss_class(None, **options), method)
    return lambda x, labels: of_labels(labels, x), []


def _ranked(loss, x, labels):
    """The mean over batches of one pair a class: for this loss, a second one would be of another class."""
    each = int((labels == labels[0]).sum())
    pairs = [[x[first::each], x[first + 1 :: each]] for first in range(0, each - 1, 2)]
    return sum(loss.compute_loss_from_embeddings(pair, None) for pair in pairs) / len(pairs)


TRIPLETS = {
    "semi-hard": (losses.BatchSemiHardTripletLoss, "batch_semi_hard_triplet_loss"),
    "all": (losses.BatchAllTripletLoss, "batch_all_triplet_loss"),
    "hard": (losses.BatchHardTripletLoss, "batch_hard_triplet_loss"),
    "hard-soft": (losses.BatchHardSoftMarginTripletLoss, "batch_hard_triplet_soft_margin_loss"),
}

"""The strategies of pytorch-metric-learning."""

from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.miners import BatchHardMiner, TripletMarginMiner

MINERS = {
    # Every triplet inside the margin, not one negative a pair: more work, another value.
    "semi-hard": lambda: TripletMarginMiner(margin=1.0, type_of_triplets="semihard"),
    "batch-hard": BatchHardMiner,
    "batch-all": lambda: lambda embeddings, labels: None,
}


def make(strategy):
    """Return a function (labels, embeddings) → loss."""
    miner, loss = MINERS[strategy](), TripletMarginLoss(margin=1.0)
    return lambda labels, embeddings: loss(embeddings, labels, miner(embeddings, labels))

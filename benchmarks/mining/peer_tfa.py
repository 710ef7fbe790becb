"""The strategies of TensorFlow Addons."""

from tensorflow_addons import losses

STRATEGIES = {"semi-hard": losses.triplet_semihard_loss, "batch-hard": losses.triplet_hard_loss}


def make(strategy):
    """Return a function (labels, embeddings) → loss."""
    return STRATEGIES[strategy]

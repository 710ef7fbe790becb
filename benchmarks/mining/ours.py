"""The strategies on this library, on the backend that KERAS_BACKEND names; only its public losses are used."""

from semihard import losses


def make(strategy, reduction="mean"):
    """Return a function (labels, embeddings) → the loss, or the value of each anchor with the reduction "none"."""
    return {
        "semi-hard": lambda labels, x: losses.triplet_semihard_loss(labels, x, reduction=reduction),
        "batch-hard": lambda labels, x: losses.triplet_hard_loss(labels, x, reduction=reduction),
        "batch-all": lambda labels, x: losses.triplet_loss(
            labels, x, negatives="all", average="active", reduction=reduction
        ),
    }[strategy]

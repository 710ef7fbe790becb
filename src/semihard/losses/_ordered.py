"""The distances of a batch in another order."""

from keras import ops

from semihard import distances
from semihard.backend import Tensor


def ordered_distances(distance_metric: str | distances.Distance, embeddings: Tensor, order: Tensor) -> Tensor:
    """Distances [batch, batch] of embeddings [batch, dim], rows and columns in this order.

    A callable sees the batch in its own order: it may carry something that belongs to it.
    """
    if not callable(distance_metric):
        return distances.function(distance_metric)(ops.take(embeddings, order, axis=0))
    return ops.take(ops.take(distance_metric(embeddings), order, axis=0), order, axis=1)

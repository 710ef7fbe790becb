"""Batches of given triplets, for `fit` with a triplet loss."""

from typing import Any

import keras
import numpy as np

from semihard.data._given_rows import GivenRows

Indices = np.ndarray[Any, Any]


class TripletBatches(GivenRows):
    """Triplets (anchor, positive, negative): `fit(batches, shuffle=False, callbacks=[batches.callback])`.

    To be learned with `TripletLoss(negatives="all", relation=GivenPairs())`, which then pays for these triplets and no
    others; `margin`, `distance_metric` and `average` are free. The model takes single samples and gives their
    embeddings.

    Each triplet comes once before any comes again, and all batches have the same size, so that where it does not divide
    the number of triplets the last batch of an epoch takes the first triplets of the next order.

    Args:
        x: [n, …], as in `BalancedBatches`.
        triplets: whole numbers [m, 3], places of three different samples: anchor, positive, negative.
        triplets_per_batch: at most m.
        seed: of the order of the triplets.
        augment, workers, use_multiprocessing, max_queue_size: as in `BalancedBatches`.

    A batch is (x [3 · triplets, …], the samples of a triplet together; int8 [3 · triplets, 3 · triplets], 1 and −1 in
    the row of each anchor where its positive and its negative stand, else 0, as `GivenPairs` takes it).

    Raises:
        ValueError: for another shape, places that are not in `x`, a sample twice in a triplet, or fewer triplets than a
            batch has.
        TypeError: for places that are not whole numbers.

    Example:
        >>> batch, relations = TripletBatches(np.arange(6.0)[:, None], [[5, 2, 0]], triplets_per_batch=1)[0]
        >>> batch[:, 0].tolist()
        [5.0, 2.0, 0.0]
        >>> print(relations)
        [[ 0  1 -1]
         [ 0  0  0]
         [ 0  0  0]]

    Source:
        Schultz, Joachims, "Learning a Distance Metric from Relative Comparisons", 2003, §2.
    """

    def __init__(
        self,
        x: Any,
        triplets: Any,
        *,
        triplets_per_batch: int = 32,
        seed: int = 0,
        augment: keras.layers.Layer | dict[Any, keras.layers.Layer] | None = None,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        options = {"workers": workers, "use_multiprocessing": use_multiprocessing, "max_queue_size": max_queue_size}
        super().__init__(x, "triplets", triplets, 3, triplets_per_batch, seed, augment=augment, **options)

    def relations(self, chosen: Indices) -> Indices:
        found = np.zeros((3 * len(chosen), 3 * len(chosen)), np.int8)
        anchors = np.arange(0, 3 * len(chosen), 3)
        found[anchors, anchors + 1], found[anchors, anchors + 2] = 1, -1
        return found

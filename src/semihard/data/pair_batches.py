"""Batches of given pairs, for `fit` with any loss that takes a relation."""

from typing import Any

import keras
import numpy as np

from semihard._core.arrays import as_numpy
from semihard.data._given_rows import GivenRows

Indices = np.ndarray[Any, Any]


class PairBatches(GivenRows):
    """Pairs (a, b) of samples that are alike or not: `fit(batches, shuffle=False, callbacks=[batches.callback])`.

    To be learned with a loss whose `relation` is `semihard.relations.GivenPairs()`: `PairContrastiveLoss` of pairs of
    both kinds, `SupervisedContrastiveLoss`, `NTXentLoss` and others where all pairs are alike. The model takes single
    samples and gives their embeddings.

    Each pair comes once before any comes again, and all batches have the same size, so that where it does not divide
    the number of pairs the last batch of an epoch takes the first pairs of the next order.

    Args:
        x: [n, …], as in `BalancedBatches`.
        pairs: whole numbers [m, 2], places of two different samples.
        same: [m]: 1 (True) where they are alike, 0 (False) where they are not. None: all are alike, and what else is in
            the batch is unlike, except the same sample again and what another of the pairs says is alike.
        pairs_per_batch: at most m.
        seed: of the order of the pairs.
        augment, workers, use_multiprocessing, max_queue_size: as in `BalancedBatches`.

    A batch is (x [2 · pairs, …], the samples of a pair together; int8 [2 · pairs, 2 · pairs], 1 for what is alike, −1
    for what is not, else 0, as `GivenPairs` takes it).

    Raises:
        ValueError: for another shape, places that are not in `x`, a sample paired with itself, fewer pairs than a batch
            has, or a `same` of another length or with other values.
        TypeError: for places that are not whole numbers.

    Example:
        >>> x = np.arange(6.0)[:, None]
        >>> batch, relations = PairBatches(x, [[0, 1], [4, 5]], [1, 0], pairs_per_batch=2)[0]
        >>> batch[:, 0].tolist()
        [0.0, 1.0, 4.0, 5.0]
        >>> print(relations)
        [[ 0  1  0  0]
         [ 1  0  0  0]
         [ 0  0  0 -1]
         [ 0  0 -1  0]]

    Source:
        Hadsell, Chopra, LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", 2006, §2; negatives of the
        batch: Sohn, "Improved Deep Metric Learning with Multi-class N-pair Loss Objective", 2016, §3.2.
    """

    def __init__(
        self,
        x: Any,
        pairs: Any,
        same: Any = None,
        *,
        pairs_per_batch: int = 32,
        seed: int = 0,
        augment: keras.layers.Layer | dict[Any, keras.layers.Layer] | None = None,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        options = {"workers": workers, "use_multiprocessing": use_multiprocessing, "max_queue_size": max_queue_size}
        super().__init__(x, "pairs", pairs, 2, pairs_per_batch, seed, augment=augment, **options)
        self._signs = None if same is None else _signs(same, len(self.groups))
        # Pairs that are alike, as one number each, to look others up.
        self._span = int(self.groups.max()) + 1
        self._alike = np.unique(np.concatenate([self._number(*self.groups.T), self._number(*self.groups.T[::-1])]))

    def relations(self, chosen: Indices) -> Indices:
        count = 2 * len(chosen)
        first = np.arange(0, count, 2)
        found = np.zeros((count, count), np.int8)
        if self._signs is None:
            samples = self.groups[chosen].reshape(-1)
            known = np.isin(self._number(samples[:, None], samples[None, :]), self._alike)
            found[~known & (samples[:, None] != samples[None, :])] = -1
        signs = 1 if self._signs is None else self._signs[chosen]
        found[first, first + 1] = found[first + 1, first] = signs
        return found

    def _number(self, a: Indices, b: Indices) -> Indices:
        return a * self._span + b


def _signs(same: Any, pairs: int) -> Indices:
    values = as_numpy("same", same)
    if values.shape not in ((pairs,), (pairs, 1)):
        raise ValueError(f"Expected `same` to be [{pairs}], one for each pair. Received: shape {values.shape}.")
    if values.dtype.kind not in "biuf" or not np.isin(values, (0, 1)).all():
        raise ValueError(
            "Expected `same` to be 1 for a pair of one kind and 0 for a pair of two. Received: "
            f"{np.unique(values)[:5].tolist()}."
        )
    return np.where(values.reshape(-1) != 0, 1, -1).astype(np.int8)

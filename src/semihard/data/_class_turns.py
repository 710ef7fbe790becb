"""Which classes a batch holds, and how often each of them came before: a function of epoch and step."""

from typing import Any, Protocol

import numpy as np

from semihard.data._without_replacement import WithoutReplacement

Indices = np.ndarray[Any, Any]


class ClassTurns(Protocol):
    """The classes of every batch.

    Attributes:
        steps: batches an epoch.
    """

    steps: int

    def __call__(self, epoch: int, step: int) -> tuple[Indices, Indices]:
        """Classes [P] of a batch, no two alike, and each one's turn [P]: together they occur once in an epoch."""


class UniformTurns:
    """Each class as often as any other: all of them come before one comes again, over the borders of epochs too.

    Args:
        count: classes, numbered from 0.
        per_batch: classes a batch.
        steps: batches an epoch.
        seed: of the order.

    Example:
        >>> turns = UniformTurns(count=4, per_batch=2, steps=2, seed=0)
        >>> sorted(np.concatenate([turns(0, step)[0] for step in range(2)]).tolist()), turns(1, 0)[1].tolist()
        ([0, 1, 2, 3], [1, 1])
    """

    def __init__(self, count: int, per_batch: int, steps: int, seed: int) -> None:
        self.steps, self._count, self._per_batch = steps, count, per_batch
        self._deal = WithoutReplacement(
            count, per_batch, lambda deck: np.random.default_rng([seed, deck]).permutation(count).astype(np.int32)
        )

    def __call__(self, epoch: int, step: int) -> tuple[Indices, Indices]:
        batch = epoch * self.steps + step
        # In every deck of classes each comes once, so that the deck's number counts the class's turns.
        turns = (batch * self._per_batch + np.arange(self._per_batch)) // self._count
        return self._deal.group(batch), turns


class WeightedTurns:
    """Each class in proportion to its weight, in every epoch, at most once a batch.

    Args:
        weights: [classes], above 0.
        per_batch: classes a batch.
        steps: batches an epoch.
        seed: of the order.

    Example:
        >>> turns = WeightedTurns(np.array([3.0, 1.0, 1.0, 1.0]), per_batch=2, steps=3, seed=0)
        >>> np.bincount(np.concatenate([turns(0, step)[0] for step in range(3)])).tolist()
        [3, 1, 1, 1]
    """

    def __init__(self, weights: Indices, per_batch: int, steps: int, seed: int) -> None:
        self.steps, self._weights, self._per_batch, self._seed = steps, weights, per_batch, seed
        self._epoch: tuple[int, Indices, Indices] | None = None

    def __call__(self, epoch: int, step: int) -> tuple[Indices, Indices]:
        kept = self._epoch  # read once: workers of a data set may be threads
        if kept is None or kept[0] != epoch:
            kept = self._epoch = (epoch, *self._of_epoch(epoch))
        _, classes, turns = kept
        part = slice(step * self._per_batch, (step + 1) * self._per_batch)
        return classes[part], turns[part]

    def _of_epoch(self, epoch: int) -> tuple[Indices, Indices]:
        rng = np.random.default_rng([self._seed, epoch])
        counts = self._counts(rng)
        # Classes in a random order, the turns of each one after the other, dealt to the batches like cards to players:
        # a class has at most as many turns as there are batches, so no batch gets it twice.
        order = rng.permutation(len(counts))
        classes = np.repeat(order, counts[order])
        firsts = np.repeat(np.cumsum(counts[order]) - counts[order], counts[order])
        turns = np.arange(len(classes)) - firsts
        batches = rng.permutation(self.steps)
        dealt = np.argsort(batches[np.arange(len(classes)) % self.steps], kind="stable")
        return classes[dealt].astype(np.int32), turns[dealt].astype(np.int32)

    def _counts(self, rng: np.random.Generator) -> Indices:
        """How often each class comes in an epoch: P · steps in all, each at most once a batch."""
        counts = np.full(len(self._weights), self.steps)
        free = np.ones(len(counts), bool)
        # A class that would come more than once a batch gets one place in each; the others share what is left.
        while free.any():
            left = self.steps * (self._per_batch - np.count_nonzero(~free))
            share = self._weights[free] * (left / self._weights[free].sum())
            if (share <= self.steps).all():
                # Systematic rounding: each share is rounded up or down, as often as is fair, and they add up.
                edges = np.floor(np.concatenate([[0.0], np.cumsum(share)]) + rng.random())
                edges[-1] = left
                counts[free] = np.diff(edges)
                break
            free[np.flatnonzero(free)[share > self.steps]] = False
        return counts

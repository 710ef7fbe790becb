"""Which samples form each batch: P classes with K samples each, planned by number instead of drawn from a state."""

import dataclasses
from typing import Any

import numpy as np

from semihard._core import checks
from semihard._core.labels import encode_labels
from semihard.data._without_replacement import WithoutReplacement

Indices = np.ndarray[Any, Any]
SMALL_CLASSES = ("repeat", "skip", "error")
WEIGHTINGS = ("uniform", "proportional", "sqrt")


class BatchPlan:
    """Batches of P classes with K samples each: `plan[epoch, step]` gives their indices.

    A pure function: the same labels, options and seed give the same batches in every process, on every backend, after
    any restart. Each class is dealt without replacement until it is used up. No class comes twice in a batch. An epoch
    has ceil(n / (P · K)) steps unless `steps` says otherwise. Where P · K divides n and all classes have the same
    multiple of K samples, it holds every sample once.

    Args:
        labels: [n], any hashable values.
        classes_per_batch: P, at most the number of classes that can be used.
        samples_per_class: K, ≥ 2, since an anchor needs a positive.
        seed: of all choices.
        small_classes: what to do with classes of fewer than K samples: "repeat" their samples within the batch, "skip"
            them, or "error".
        class_weighting: how often a class comes: "uniform" as often as any other, "proportional" to its samples,
            "sqrt" to their square root; at most once a batch.
        steps: batches an epoch, instead of those of a whole pass; what is left over comes in the next epochs. Use it
            instead of Keras's `steps_per_epoch`, which knows nothing of a plan.

    Attributes:
        classes: [number of classes], the labels that the plan's class numbers stand for.
        codes: int32 [n], the class number of each sample.
        used: int [number of used classes], numbers of the classes that come at all.
        steps: batches an epoch.
        batch_size: P · K.
        first: 0, the place of its first sample in the batch; a shard's is another.
        whole: P · K, samples of the batch that a shard is part of.

    Raises:
        ValueError: for an unknown option, no samples, more classes a batch than there are, or small classes where they
            are an error.
        TypeError: for numbers that are not whole.

    Example:
        >>> plan = BatchPlan(["a", "a", "b", "b", "c", "c", "d", "d"], classes_per_batch=2, samples_per_class=2)
        >>> plan.steps, sorted(np.concatenate([plan[0, step] for step in range(plan.steps)]).tolist())
        (2, [0, 1, 2, 3, 4, 5, 6, 7])
        >>> [str(plan.classes[code]) for code in plan.codes[plan[0, 0]]]  # samples of a class stand together
        ['c', 'c', 'a', 'a']

    Source:
        P×K batches: Hermans, Beyer, Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017, §2.
    """

    first = 0

    def __init__(
        self,
        labels: Any,
        classes_per_batch: int,
        samples_per_class: int,
        seed: int = 0,
        *,
        small_classes: str = "repeat",
        class_weighting: str = "uniform",
        steps: int | None = None,
    ) -> None:
        self.classes_per_batch = checks.whole_number("classes_per_batch", classes_per_batch, 1)
        self.samples_per_class = checks.whole_number("samples_per_class", samples_per_class, 2)
        self.seed = checks.whole_number("seed", seed, 0)
        checks.one_of("small_classes", small_classes, SMALL_CLASSES)
        self.class_weighting = checks.one_of("class_weighting", class_weighting, WEIGHTINGS)
        self.codes, self.classes = encode_labels(labels)
        # Members of class c: self._members[self._starts[c] : self._starts[c + 1]].
        self._members = np.argsort(self.codes, kind="stable").astype(np.int32 if len(self.codes) < 2**31 else np.int64)
        sizes = np.bincount(self.codes, minlength=len(self.classes))
        self._starts = np.concatenate([[0], np.cumsum(sizes)])
        small = np.flatnonzero(sizes < self.samples_per_class)
        if len(small) and small_classes == "error":
            raise ValueError(self._few_samples(small, sizes))
        self.used = (
            np.flatnonzero(sizes >= self.samples_per_class) if small_classes == "skip" else np.arange(len(sizes))
        )
        if self.classes_per_batch > len(self.used):
            skipped = f" ({len(small)} of {len(sizes)} are skipped)" if small_classes == "skip" and len(small) else ""
            raise ValueError(
                f"Expected `classes_per_batch` to be at most the number of classes, {len(self.used)}{skipped}. "
                f"Received: classes_per_batch={self.classes_per_batch}. Take fewer classes a batch."
            )
        self.batch_size = self.whole = self.classes_per_batch * self.samples_per_class
        whole_pass = -(-int(sizes[self.used].sum()) // self.batch_size)
        self.steps = whole_pass if steps is None else checks.whole_number("steps", steps, 1)
        self._sizes = sizes
        self._class_deal = WithoutReplacement(
            len(self.used), self.classes_per_batch, lambda deck: self._order(len(self.used), deck)
        )
        self._deals: dict[int, tuple[int, WithoutReplacement]] = {}
        self._epoch: tuple[int, np.ndarray[Any, Any], np.ndarray[Any, Any]] | None = None

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, place: tuple[int, int]) -> Indices:
        """Indices [P · K] of the batch at (epoch, step), the samples of a class together."""
        epoch, step = (checks.whole_number(name, x, 0) for name, x in zip(("epoch", "step"), place, strict=True))
        if step >= self.steps:
            raise IndexError(f"Expected a step below {self.steps}, the batches of an epoch. Received: step={step}.")
        if self.class_weighting == "uniform":
            batch = epoch * self.steps + step
            # In every deck of classes each comes once, so that the deck's number counts the class's turns.
            turns = (batch * self.classes_per_batch + np.arange(self.classes_per_batch)) // len(self.used)
            chosen, salt = self.used[self._class_deal.group(batch)], 0
        else:
            chosen, turns = self._weighted(epoch, step)
            salt = epoch + 1
        return np.concatenate([self._samples(int(c), int(turn), salt) for c, turn in zip(chosen, turns, strict=True)])

    def shard(self, index: int, count: int) -> "PlanShard":
        """The part of each batch for process `index` of `count`, whole classes: together they are the batch.

        Raises:
            ValueError: `count` does not divide `classes_per_batch`, or `index` is not below `count`.
        """
        return PlanShard(self, checks.whole_number("index", index, 0), checks.whole_number("count", count, 1))

    def _samples(self, code: int, turn: int, salt: int) -> Indices:
        size, k = int(self._sizes[code]), self.samples_per_class
        members = self._members[self._starts[code] : self._starts[code + 1]]
        if size < k:
            # As evenly as possible: all of them again and again, the last time some.
            order = [self._order(size, turn, salt, code, again) for again in range(-(-k // size))]
            return members[np.concatenate(order)[:k]]
        kept = self._deals.get(code)
        if kept is None or kept[0] != salt:
            kept = self._deals[code] = (
                salt,
                WithoutReplacement(size, k, lambda deck: self._order(size, deck, salt, code)),
            )
        return members[kept[1].group(turn)]

    def _weighted(self, epoch: int, step: int) -> tuple[Indices, Indices]:
        """Classes of a batch, and how many times each came before in this epoch."""
        kept = self._epoch  # read once: workers of a data set may be threads
        if kept is None or kept[0] != epoch:
            kept = self._epoch = (epoch, *self._weighted_epoch(epoch))
        _, classes, turns = kept
        part = slice(step * self.classes_per_batch, (step + 1) * self.classes_per_batch)
        return self.used[classes[part]], turns[part]

    def _weighted_epoch(self, epoch: int) -> tuple[Indices, Indices]:
        rng = np.random.default_rng([self.seed, epoch])
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
        """How often each used class comes in an epoch: P · steps in all, each at most once a batch."""
        weights = self._sizes[self.used].astype(np.float64)
        weights = np.sqrt(weights) if self.class_weighting == "sqrt" else weights
        counts = np.full(len(weights), self.steps)
        free = np.ones(len(weights), bool)
        # A class that would come more than once a batch gets one place in each; the others share what is left.
        while free.any():
            left = self.steps * (self.classes_per_batch - np.count_nonzero(~free))
            share = weights[free] * (left / weights[free].sum())
            if (share <= self.steps).all():
                # Systematic rounding: each share is rounded up or down, as often as is fair, and they add up.
                edges = np.floor(np.concatenate([[0.0], np.cumsum(share)]) + rng.random())
                edges[-1] = left
                counts[free] = np.diff(edges)
                break
            free[np.flatnonzero(free)[share > self.steps]] = False
        return counts

    def _order(self, count: int, *numbers: int) -> Indices:
        return np.random.default_rng([self.seed, *numbers]).permutation(count).astype(np.int32)

    def _few_samples(self, small: Indices, sizes: Indices) -> str:
        named = ", ".join(f"{self.classes[c]!r} ({sizes[c]})" for c in small[:5])
        more = f" and {len(small) - 5} more" if len(small) > 5 else ""
        return (
            f"Expected at least {self.samples_per_class} samples of every class. Received fewer of {named}{more}. "
            "Use small_classes='repeat' or 'skip', or a smaller samples_per_class."
        )


@dataclasses.dataclass(frozen=True)
class PlanShard:
    """One process's part of a plan: what `BatchPlan.shard` returns, to be used like a plan."""

    plan: BatchPlan
    index: int
    count: int

    def __post_init__(self) -> None:
        if self.index >= self.count:
            raise ValueError(f"Expected `index` to be below `count`. Received: index={self.index}, count={self.count}.")
        if self.plan.classes_per_batch % self.count:
            raise ValueError(
                f"Expected `count` to divide classes_per_batch={self.plan.classes_per_batch}, so that every process "
                f"gets whole classes and as many as the others. Received: count={self.count}."
            )

    @property
    def seed(self) -> int:
        """Of all choices."""
        return self.plan.seed

    @property
    def first(self) -> int:
        """The place of its first sample in the whole batch."""
        return self.index * (self.plan.batch_size // self.count)

    @property
    def whole(self) -> int:
        """Samples of the whole batch."""
        return self.plan.batch_size

    @property
    def steps(self) -> int:
        """Batches an epoch."""
        return self.plan.steps

    @property
    def codes(self) -> Indices:
        """Class numbers of all samples, int32 [n]."""
        return self.plan.codes

    @property
    def classes(self) -> Indices:
        """The labels that the class numbers stand for."""
        return self.plan.classes

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, place: tuple[int, int]) -> Indices:
        """Indices [P · K / count]."""
        return self.plan[place][self.first : self.first + self.plan.batch_size // self.count]

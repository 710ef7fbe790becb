"""Which samples form each batch: P classes with K samples each, planned by number instead of drawn from a state."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core import checks
from semihard._core.labels import encode_labels
from semihard.data._class_turns import ClassTurns, UniformTurns, WeightedTurns
from semihard.data._hard_turns import HardTurns, checked_nearest, hard_places
from semihard.data._without_replacement import WithoutReplacement

Indices = np.ndarray[Any, Any]
SMALL_CLASSES = ("repeat", "skip", "error")
WEIGHTINGS = ("uniform", "proportional", "sqrt")


class BatchPlan:
    """Batches of P classes with K samples each: `plan[epoch, step]` gives their indices.

    A pure function: the same labels, options and seed give the same batches in every process, on every backend, after
    any restart; with `hard` also the same nearest classes. Each class is dealt without replacement until it is used
    up. No class comes twice in a batch. An epoch has ceil(n / (P · K)) steps unless `steps` says otherwise. Where
    P · K divides n and all classes have the same multiple of K samples, it holds every sample once.

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
        hard: part of a batch's classes that are to be among the nearest of another class in it, from 0 to 1; at least
            one class of a batch is left to chance. An epoch has the same classes and samples, which meet in other
            batches. It takes effect when it is known which classes are near: see `set_nearest_classes`.

    Attributes:
        classes: [number of classes], the labels that the plan's class numbers stand for.
        codes: int32 [n], the class number of each sample.
        used: int [number of used classes], numbers of the classes that come at all.
        steps: batches an epoch.
        batch_size: P · K.
        first: 0, the place of its first sample in the batch; a shard's is another.
        whole: P · K, samples of the batch that a shard is part of.
        nearest_classes: int32 [classes, k], the nearest classes of each by number; None until they are known.

    Raises:
        ValueError: for an unknown option, no samples, more classes a batch than there are, or small classes where they
            are an error.
        TypeError: for numbers that are not whole.

    Example:
        >>> plan = BatchPlan(["a", "a", "b", "b", "c", "c", "d", "d"], classes_per_batch=2, samples_per_class=2)
        >>> plan.steps, sorted(np.concatenate([plan[0, step] for step in range(plan.steps)]).tolist())
        (2, [0, 1, 2, 3, 4, 5, 6, 7])
        >>> print(plan)
        2 batches an epoch, each of 2 classes with 2 samples, from 4 classes of 8 samples
        >>> [str(plan.classes[code]) for code in plan.codes[plan[0, 0]]]  # samples of a class stand together
        ['c', 'c', 'a', 'a']

    Source:
        P×K batches: Hermans, Beyer, Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017, §2.
        Hard classes: Sohn, "Improved Deep Metric Learning with Multi-class N-pair Loss Objective", 2016, §3.2.1; Suh,
        Han, Kim, Lee, "Stochastic Class-Based Hard Example Mining for Deep Metric Learning", 2019, §3. There, classes
        that are near to many come more often; here they come as often as the others.
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
        hard: float = 0.0,
    ) -> None:
        self.classes_per_batch: int = checks.whole_number("classes_per_batch", classes_per_batch, 1)
        self.samples_per_class: int = checks.whole_number("samples_per_class", samples_per_class, 2)
        self.seed: int = checks.whole_number("seed", seed, 0)
        checks.one_of("small_classes", small_classes, SMALL_CLASSES)
        self.class_weighting: str = checks.one_of("class_weighting", class_weighting, WEIGHTINGS)
        self.codes: Indices
        self.classes: NDArray[Any]
        self.codes, self.classes = encode_labels(labels)
        # Members of class c: self._members[self._starts[c] : self._starts[c + 1]].
        self._members = np.argsort(self.codes, kind="stable").astype(np.int32 if len(self.codes) < 2**31 else np.int64)
        sizes = np.bincount(self.codes, minlength=len(self.classes))
        self._starts = np.concatenate([[0], np.cumsum(sizes)])
        small = np.flatnonzero(sizes < self.samples_per_class)
        if len(small) and small_classes == "error":
            raise ValueError(self._few_samples(small, sizes))
        self.used: NDArray[np.intp] = (
            np.flatnonzero(sizes >= self.samples_per_class) if small_classes == "skip" else np.arange(len(sizes))
        )
        if self.classes_per_batch > len(self.used):
            skipped = f" ({len(small)} of {len(sizes)} are skipped)" if small_classes == "skip" and len(small) else ""
            raise ValueError(
                f"Expected `classes_per_batch` to be at most the number of classes, {len(self.used)}{skipped}. "
                f"Received: classes_per_batch={self.classes_per_batch}. Take fewer classes a batch."
            )
        self.batch_size: int = self.classes_per_batch * self.samples_per_class
        self.whole: int = self.batch_size
        whole_pass = -(-int(sizes[self.used].sum()) // self.batch_size)
        self.steps: int = whole_pass if steps is None else checks.whole_number("steps", steps, 1)
        self._sizes = sizes
        self._turns = self._class_turns()
        self.hard: float = checks.part("hard", hard)
        self.nearest_classes: Indices | None = None
        hard_classes = hard_places(self.hard, self.classes_per_batch)
        self._hard_turns = HardTurns(self._turns, self.used, self.classes_per_batch, hard_classes, self.seed)
        self._deals: dict[int, tuple[int, WithoutReplacement]] = {}

    def __len__(self) -> int:
        return self.steps

    def __str__(self) -> str:
        used, skipped = len(self.used), len(self.classes) - len(self.used)
        left_out = f" ({skipped:,} with too few are left out)" if skipped else ""
        return (
            f"{self.steps:,} batches an epoch, each of {self.classes_per_batch} classes with {self.samples_per_class} "
            f"samples, from {used:,} classes of {int(self._sizes[self.used].sum()):,} samples{left_out}"
        )

    def __getitem__(self, place: tuple[int, int]) -> Indices:
        """Indices [P · K] of the batch at (epoch, step), the samples of a class together."""
        epoch, step = (checks.whole_number(name, x, 0) for name, x in zip(("epoch", "step"), place, strict=True))
        if step >= self.steps:
            raise IndexError(f"Expected a step below {self.steps}, the batches of an epoch. Received: step={step}.")
        nearest = self.nearest_classes  # read once: workers of a data set may be threads
        if nearest is None:
            if self.hard and epoch:
                raise RuntimeError(
                    f"Expected nearest classes from epoch 1 on, for a plan with hard={self.hard}. Received: none. Give "
                    "`fit` the callback semihard.callbacks.HardClasses(plan, x), or call plan.set_nearest_classes(…) "
                    "with those of semihard.evaluation.nearest_classes."
                )
            chosen, turns = self._turns(epoch, step)
        else:
            chosen, turns = self._hard_turns(epoch, step, nearest)
        salt = 0 if self.class_weighting == "uniform" else epoch + 1
        numbered = zip(self.used[chosen].tolist(), turns.tolist(), strict=True)
        return np.concatenate([self._samples(code, turn, salt) for code, turn in numbered])

    def set_nearest_classes(self, nearest: Any) -> None:
        """Say which classes are confused with which, from now on: between two epochs, since it changes their batches.

        `semihard.callbacks.HardClasses` does so while a model trains. Kept with a checkpoint, and set again, this is
        all that a training needs to go on in the middle of an epoch.

        Args:
            nearest: whole numbers [classes, k], the nearest other classes of each by their numbers, in any order; −1
                where there are fewer. None: not known, as at first.

        Raises:
            ValueError: for another shape, numbers of no class, a class that is near to itself, or a plan without
                `hard`.
            TypeError: for anything but whole numbers.
        """
        if nearest is not None and not self.hard:
            raise ValueError("Expected a plan with `hard`, the part of hard classes. Received: hard=0.")
        self.nearest_classes = None if nearest is None else checked_nearest(nearest, len(self.classes))

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

    def _class_turns(self) -> ClassTurns:
        if self.class_weighting == "uniform":
            return UniformTurns(len(self.used), self.classes_per_batch, self.steps, self.seed)
        weights = self._sizes[self.used].astype(np.float64)
        weights = np.sqrt(weights) if self.class_weighting == "sqrt" else weights
        return WeightedTurns(weights, self.classes_per_batch, self.steps, self.seed)

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

    def __str__(self) -> str:
        return f"part {self.index + 1} of {self.count} of {self.plan}"

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

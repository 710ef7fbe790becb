"""Classes that are confused with each other meet in a batch: those that an epoch has anyway, in another order."""

from typing import Any

import numpy as np

from semihard._core.arrays import as_numpy
from semihard.data._class_turns import ClassTurns

Indices = np.ndarray[Any, Any]


def hard_places(part: float, classes_per_batch: int) -> int:
    """How many classes of a batch are chosen, for this part of them; at least one, if any, and never all.

    Raises:
        ValueError: a batch of one class.

    Example:
        >>> [hard_places(part, 8) for part in (0.0, 0.01, 0.5, 1.0)]
        [0, 1, 4, 7]
    """
    if part and classes_per_batch < 2:
        raise ValueError(
            "Expected `classes_per_batch` of 2 or more with `hard`: a class alone meets none. Received: "
            f"classes_per_batch={classes_per_batch}, hard={part}."
        )
    return min(max(round(part * classes_per_batch), 1), classes_per_batch - 1) if part else 0


def checked_nearest(nearest: Any, classes: int) -> Indices:
    """Nearest classes as int32 [classes, k]; raise as `BatchPlan.set_nearest_classes`.

    Example:
        >>> checked_nearest([[1], [-1]], 2).tolist()
        [[1], [-1]]
    """
    found = as_numpy("nearest", nearest)
    if found.dtype.kind not in "iu":
        raise TypeError(f"Expected `nearest` to be whole numbers. Received: dtype {found.dtype}.")
    if found.ndim != 2 or len(found) != classes or not found.shape[1]:
        raise ValueError(
            f"Expected `nearest` to be [{classes}, k], the numbers of the k classes nearest to each class. "
            f"Received: shape {found.shape}."
        )
    if not -1 <= found.min() <= found.max() < classes:
        raise ValueError(
            f"Expected `nearest` to be numbers of classes, from 0 to {classes - 1}, or -1 for none. "
            f"Received: {found.min()} to {found.max()}."
        )
    own = np.flatnonzero((found == np.arange(classes)[:, None]).any(axis=1))
    if len(own):
        raise ValueError(f"Expected other classes as the nearest of each. Received: class {own[0]} near to itself.")
    return found.astype(np.int32)


def meet_nearest(classes: Indices, nearest: Indices, hard: int, rng: np.random.Generator) -> Indices:
    """Exchange classes between batches, so that those of a batch are near to each other.

    Some classes of a batch are left to chance. Each of the others follows one of these, and makes room for a class that
    is among the nearest of it, or else of any before it, of those that are still to be had. What is not found stays as
    it was. Every class comes as often as before, and twice in no batch.

    Args:
        classes: int [batches, P], no class twice in a batch.
        nearest: int [number of classes, k], the nearest classes of each; −1 for none.
        hard: how many classes of a batch are to be near to one of the others, below P.
        rng: of what is left to chance.

    Returns:
        int [batches, P]: for each place that of the class that comes there, in `classes.reshape(-1)`.

    Example:
        >>> classes = np.array([[0, 1], [2, 3]])
        >>> places = meet_nearest(classes, np.array([[2], [3], [0], [1]]), 1, np.random.default_rng(0))
        >>> classes.reshape(-1)[places].tolist()
        [[0, 2], [1, 3]]
    """
    batches, size = classes.shape
    # How many near ones follow each of the classes that are left to chance.
    following = [hard // (size - hard) + (place < hard % (size - hard)) for place in range(size - hard)]
    of_entry = classes.reshape(-1).tolist()  # plain lists: single steps on arrays would take most of the time
    at = list(range(len(of_entry)))  # the entry at each place
    place = list(range(len(of_entry)))  # and the other way
    entries: dict[int, list[int]] = {}
    for entry, one in enumerate(of_entry):
        entries.setdefault(one, []).append(entry)
    inside = [set(row) for row in classes.tolist()]
    done = [False] * batches
    tries = rng.permuted(nearest, axis=1)

    def bring(target: int, candidates: list[int]) -> bool:
        """Exchange what is at a place with an entry of one of these classes, if one may be taken."""
        row = target // size
        for one in candidates:
            for entry in entries.get(one, ()):
                source = place[entry]
                other = source // size
                if other == row:
                    if source < target:
                        continue
                else:
                    leaving = of_entry[at[target]]
                    if done[other] or one in inside[row] or leaving in inside[other]:
                        continue
                    inside[row].remove(leaving)
                    inside[row].add(one)
                    inside[other].remove(one)
                    inside[other].add(leaving)
                moved = at[target]
                at[target], at[source] = entry, moved
                place[entry], place[moved] = target, source
                return True
        return False

    # In a random order: the last batches find the least.
    for row in rng.permutation(batches).tolist():
        target = row * size
        for follow in following:
            anchor = target
            target += 1
            for _ in range(follow):
                for near in (anchor, *range(anchor - 1, row * size - 1, -1), *range(anchor + 1, target)):
                    if bring(target, tries[of_entry[at[near]]].tolist()):
                        break
                target += 1
        done[row] = True
    return np.array(at).reshape(batches, size)


class HardTurns:
    """Classes and turns of another, exchanged between batches that follow each other, as `meet_nearest` does.

    Batches are exchanged among as many as have every class about once, never across the border of an epoch. So an epoch
    holds what it would have held, however often `nearest` changes between epochs.

    Args:
        turns: those of the epoch.
        used: int [classes of `turns`], their numbers in `nearest`.
        per_batch: classes a batch.
        hard: how many of them are to be near to another.
        seed: of what is left to chance.
    """

    def __init__(self, turns: ClassTurns, used: Indices, per_batch: int, hard: int, seed: int) -> None:
        self.steps, self._turns, self._used, self._hard, self._seed = turns.steps, turns, used, hard, seed
        self._windows = max(1, turns.steps * per_batch // max(len(used), per_batch))
        self._kept: tuple[tuple[int, int], Indices, Indices, Indices] | None = None

    def __call__(self, epoch: int, step: int, nearest: Indices) -> tuple[Indices, Indices]:
        """As `ClassTurns`, of the nearest classes [number of classes, k] that are known in this epoch."""
        window = ((step + 1) * self._windows - 1) // self.steps
        first = window * self.steps // self._windows
        kept = self._kept  # read once: workers of a data set may be threads
        if kept is None or kept[0] != (epoch, window) or kept[1] is not nearest:
            last = (window + 1) * self.steps // self._windows
            kept = self._kept = ((epoch, window), nearest, *self._exchanged(epoch, first, last, nearest))
        _, _, classes, turns = kept
        return classes[step - first], turns[step - first]

    def _exchanged(self, epoch: int, first: int, last: int, nearest: Indices) -> tuple[Indices, Indices]:
        dealt = [self._turns(epoch, step) for step in range(first, last)]
        classes, turns = (np.stack(part) for part in zip(*dealt, strict=True))
        rng = np.random.default_rng([self._seed, epoch, first, 1, 1])
        places = meet_nearest(self._used[classes], nearest, self._hard, rng)
        return classes.reshape(-1)[places], turns.reshape(-1)[places]

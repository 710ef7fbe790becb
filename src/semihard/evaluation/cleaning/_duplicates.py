"""Samples that are nearly the same, within a set or across a split."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import finite_number
from semihard._core.embeddings import checked_embeddings
from semihard._core.labels import label_array, unique_labels
from semihard.evaluation.cleaning._groups import Groups
from semihard.evaluation.cleaning._links import links
from semihard.evaluation.cleaning._nearest import keep_nearest, link_copies
from semihard.evaluation.cleaning.near import looked_at, near_threshold
from semihard.evaluation.search import nearest_neighbors
from semihard.evaluation.search.exact import row_identities

# Rows that `print` shows.
SHOWN = 10


@dataclasses.dataclass(frozen=True)
class Duplicates:
    """Near-duplicates; `print` it.

    Attributes:
        nearest: int64 [n], the nearest duplicate of each sample, the first of those that tie; −1 where there is none.
            Across a split, the nearest in another part.
        distances: float64 [n], how far that is; infinite where there is none.
        groups: the samples that hang together by such pairs, int64 arrays of places, ascending; the largest first.
        threshold: the distance up to which a pair counts.
        across: whether only pairs across a split count.
    """

    nearest: NDArray[np.int64]
    distances: NDArray[np.float64]
    groups: list[NDArray[np.int64]]
    threshold: float
    across: bool

    @property
    def samples(self) -> NDArray[np.int64]:
        """Those that have a duplicate, int64 [m], ascending."""
        return np.flatnonzero(self.nearest >= 0)

    @property
    def pairs(self) -> NDArray[np.int64]:
        """Each such sample with its nearest duplicate, int64 [pairs, 2], every pair once; the nearest pairs first."""
        return self._pairs()[0]

    @property
    def pair_distances(self) -> NDArray[np.float64]:
        """The distance of each of these pairs, float64 [pairs], ascending."""
        return self._pairs()[1]

    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        left = self.samples
        right, apart = self.nearest[left], self.distances[left]
        low, high = np.minimum(left, right), np.maximum(left, right)
        order = np.lexsort((high, low, apart))
        found = np.stack([low, high], axis=1)[order]
        once = np.ones(len(found), bool)
        once[1:] = (found[1:] != found[:-1]).any(axis=1)
        return found[once], apart[order][once]

    def __len__(self) -> int:
        return len(self.samples)

    def __str__(self) -> str:
        where = "in another part of the split" if self.across else "among the others"
        lines = [
            f"{len(self):,} of {len(self.nearest):,} samples have a near-duplicate {where}, at a distance of at most "
            f"{self.threshold:.4g}; {np.count_nonzero(self.distances == 0):,} of them an exact copy. "
            f"Groups: {len(self.groups):,}."
        ]
        if len(self):
            lines.append(f"{'sample':>10}{'sample':>10}{'distance':>12}")
        lines += [
            f"{low:>10}{high:>10}{apart:>12.4g}"
            for (low, high), apart in zip(*(found[:SHOWN] for found in self._pairs()), strict=True)
        ]
        return "\n".join(lines)


def duplicates(
    embeddings: Any,
    *,
    threshold: float | None = None,
    split: Any = None,
    memory: int = 2**30,
    progress: Callable[[int, int], object] | None = None,
) -> Duplicates:
    """Find the samples that lie within a distance of another: copies that were compressed, cropped or retouched.

    With a split, only pairs across it count: what is in the training data and in the test data, too, makes figures
    better than those of new data will be. Every pair within the distance is found, by exact search; memory grows with
    the samples, and not with their pairs. Time grows with the product of the parts, and with the pairs found.

    Args:
        embeddings: real [n, dim], finite. Distance is Euclidean.
        threshold: the distance up to which a pair counts, at least 0, which finds exact copies. By default a quarter of
            the median distance of a sample to its nearest neighbor, copies left out, in whatever part (of 5,000 samples
            where there are more). Where most samples have a near-duplicate that is too little: give a threshold.
        split: [n], the part that each sample is in, as "train" and "test"; any labels. By default all are one set.
        memory: bytes for the search, beside the data.
        progress: called with (samples done, samples to search).

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim], a split of another length or of one
            part, or a threshold below 0.

    Example:
        >>> points = [[0.0], [4.0], [4.1], [9.0], [9.0]]
        >>> found = duplicates(points, threshold=0.5)
        >>> found.nearest.tolist(), [group.tolist() for group in found.groups]
        ([-1, 2, 1, 4, 3], [[1, 2], [3, 4]])
        >>> duplicates(points, threshold=0.5, split=["train", "train", "test", "test", "test"]).pairs.tolist()
        [[1, 2]]
    """
    points = checked_embeddings("embeddings", embeddings)
    count = len(points)
    parts = np.zeros(count, np.int64)
    if split is not None:
        names, parts = unique_labels(label_array("split", split, count))
        if len(names) < 2:
            raise ValueError(
                f"Expected `split` to name at least two parts. Received: {names.tolist()}. Leave it out to look within "
                "one set."
            )
    threshold = _usual(points, memory) if threshold is None else finite_number("threshold", threshold)
    if threshold < 0:
        raise ValueError(f"Expected `threshold` to be at least 0. Received: threshold={threshold}.")
    # Copies are searched once: many of them would fill the lists of neighbors.
    _, kept, of = np.unique(row_identities(points) * (parts.max() + 1) + parts, return_index=True, return_inverse=True)
    firsts = kept[of.reshape(-1)]
    groups, nearest, distances = Groups(count), np.full(count, -1, np.int64), np.full(count, np.inf)
    jobs = [(kept, kept)] if split is None else _jobs(kept, parts[kept])
    done, todo = 0, sum(len(queries) for queries, _ in jobs)

    def one_group() -> bool:
        # Across a split a deeper search may still find nearer ones of the other part.
        return split is None and len(np.unique(groups.first()[kept])) == 1

    def report(at: int) -> None:
        if progress is not None:
            progress(done + at, todo)

    for queries, others in jobs:
        for found in links(points, queries, others, threshold, enough=one_group, memory=memory, progress=report):
            groups.join(found.left, found.right)
            keep_nearest(nearest, distances, found)
            keep_nearest(nearest, distances, found._replace(left=found.right, right=found.left))
        done += len(queries)
    # What was found of one copy holds for all.
    nearest, distances = nearest[firsts], distances[firsts]
    if split is None:
        link_copies(firsts, nearest, distances)
    groups.join(np.arange(count), firsts)
    return Duplicates(nearest, distances, _listed(groups.first(), nearest), threshold, split is not None)


def _usual(points: NDArray[Any], memory: int) -> float:
    rows = looked_at(len(points))
    themselves = np.arange(len(rows)), rows
    return near_threshold(nearest_neighbors(points[rows], points, k=1, exclude=themselves, memory=memory)[0])


def _jobs(kept: NDArray[np.int64], parts: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Each part but the largest, and all that are larger."""
    sizes = np.bincount(parts)
    order = np.lexsort((np.arange(len(sizes)), sizes))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return [(kept[rank[parts] == place], kept[rank[parts] > place]) for place in range(len(order) - 1)]


def _listed(first: NDArray[np.int64], nearest: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The groups of those that have a duplicate, by the first sample of each one's group [n]."""
    samples = np.flatnonzero(nearest >= 0)
    order = np.argsort(first[samples], kind="stable")
    _, sizes = np.unique(first[samples], return_counts=True)
    groups = np.split(samples[order], np.cumsum(sizes)[:-1])
    return sorted((group for group in groups if len(group)), key=lambda group: (-len(group), group[0]))

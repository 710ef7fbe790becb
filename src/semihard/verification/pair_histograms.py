"""Histograms of the distances of all pairs of embeddings, genuine and impostor, in bounded memory."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._checks import whole_number
from semihard._core.embeddings import checked_embeddings
from semihard._core.labels import label_array, label_codes
from semihard.verification._bins import DistanceBins


class PairHistograms(NamedTuple):
    """How many unordered pairs of rows lie in each bin of Euclidean distance.

    Attributes:
        edges: float64 [bins], the largest distance in each bin.
        genuine: float64 [groups, bins], pairs of one label, by the group that the label is in.
        impostor: float64 [groups, bins], pairs of two labels of which at least one is in the group: a pair that joins
            two groups counts in both.
        all_impostor: float64 [bins], pairs of two labels, each counted once.
        identities: number of different labels.

    The counts are whole and exact up to 2⁵³; they are floats because resampling multiplies them.
    """

    edges: NDArray[np.float64]
    genuine: NDArray[np.float64]
    impostor: NDArray[np.float64]
    all_impostor: NDArray[np.float64]
    identities: int


def pair_histograms(
    embeddings: Any,
    labels: Any,
    *,
    bins: int = 4096,
    width: float | None = None,
    groups: int = 1024,
    seed: int = 0,
    memory: int = 2**27,
    progress: Callable[[int, int], object] | None = None,
) -> PairHistograms:
    """Sort all pairs of embeddings into bins of equal width.

    Each pair is in the bin that its distance in float64, computed from its two vectors alone, belongs to.

    Args:
        embeddings: real [n, dim], finite.
        labels: [n] or [n, 1], the identity of each row: integers, strings or anything NumPy can order.
        bins: how many.
        width: of a bin, in units of distance; the last bin then takes everything beyond. By default the bins cover
            [0, diameter of a ball around all embeddings].
        groups: identities are dealt at random into this many groups if there are more of them.
        seed: of the dealing.
        memory: bytes for the blocks, beside the data, one float64 copy of it and the result (16 · groups · bins).
        progress: called with (rows done, rows).

    Returns:
        `PairHistograms`.

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim], labels of another length, fewer
            than two identities, or no identity with two embeddings.

    Example:
        >>> histograms = pair_histograms([[0.0], [1.0], [5.0]], ["a", "a", "b"], bins=3, width=2.0)
        >>> histograms.edges.tolist(), histograms.genuine.sum(axis=0).tolist(), histograms.all_impostor.tolist()
        ([2.0, 4.0, inf], [1.0, 0.0, 0.0], [0.0, 1.0, 1.0])
    """
    embeddings = checked_embeddings("embeddings", embeddings)
    codes, _ = label_codes(label_array("labels", labels, len(embeddings)), None)
    bins, groups = whole_number("bins", bins, 2), whole_number("groups", groups, 1)
    memory = whole_number("memory", memory, 1)
    if width is not None and not 0.0 < width < np.inf:
        raise ValueError(f"Expected `width` to be a positive distance. Received: width={width!r}.")
    members = np.bincount(codes)
    if len(members) < 2:
        raise ValueError("Expected at least two identities, or there are no impostor pairs. Received one label only.")
    if members.max() < 2:
        raise ValueError(
            f"Expected an identity with two embeddings, or there are no genuine pairs. "
            f"Received {len(members)} identities with one embedding each. Check that `labels` are not row numbers."
        )

    group_of = np.arange(len(members))
    if len(members) > groups:
        group_of = np.random.default_rng(seed).permutation(len(members)) % groups
    order = np.argsort(group_of[codes], kind="stable")
    embeddings, codes = embeddings[order], codes[order]
    ends = np.cumsum(np.bincount(group_of[codes]))

    binned = DistanceBins(embeddings, bins, width)
    genuine, impostor = np.zeros((2, len(ends), bins))
    across = np.zeros(bins)
    # A pair costs 8 bytes each for distance, gap, bin and flattened copy, and little for two masks.
    step = max(1, memory // (40 * len(codes)))
    for group, (first, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        for start in range(first, end, step):
            stop = min(start + step, end)
            block = binned.block(start, stop)
            inside = block[:, first:end]
            # In the group's own columns each pair shows up twice, and each row meets itself.
            later = np.arange(first, end) > np.arange(start, stop)[:, None]
            alike = codes[start:stop, None] == codes[first:end]
            genuine[group] += np.bincount(inside[later & alike], minlength=bins)
            impostor[group] += np.bincount(inside[later & ~alike], minlength=bins)
            outside = np.bincount(block.ravel(), minlength=bins) - np.bincount(inside.ravel(), minlength=bins)
            across += outside
            impostor[group] += outside
            if progress is not None:
                progress(stop, len(codes))
    return PairHistograms(binned.edges, genuine, impostor, impostor.sum(axis=0) - across / 2, len(members))

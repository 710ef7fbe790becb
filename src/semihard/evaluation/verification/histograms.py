"""How many pairs, genuine and impostor, lie at each distance."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import whole_number
from semihard._core.embeddings import checked_embeddings
from semihard._core.labels import label_array, label_codes
from semihard.evaluation.search.exact import error_bound, norms_within, pair_squared_distances


class DistanceBins:
    """Bins of equal width: bin 0 holds distances in [0, width], bin k those in (k · width, (k + 1) · width].

    A matrix product gives the distances fast, with a rounding error that depends on where in the matrix a pair lies.
    Pairs nearer to an edge than the error bound are measured again from their two vectors, so the bins depend neither
    on the block size nor on the order of the rows, and agree with `semihard.evaluation.nearest_neighbors`.

    Args:
        embeddings: real [n, dim], checked.
        bins: how many.
        width: of a bin; the last bin then takes everything beyond. By default `bins` bins cover all distances.

    Attributes:
        edges: float64 [bins], the largest distance in each bin.
    """

    def __init__(self, embeddings: NDArray[Any], bins: int, width: float | None = None) -> None:
        self.embeddings: NDArray[Any] = embeddings
        self.bins: int = bins
        self.edges: NDArray[np.float64] = (
            _edges(embeddings, bins) if width is None else np.append(width * np.arange(1, bins), np.inf)
        )
        # In units of the bin width, so that vectors of any scale keep clear of overflow.
        self._scaled = np.subtract(embeddings, embeddings.mean(axis=0, dtype=np.float64), dtype=np.float64)
        self._scaled /= self.edges[0]
        self._norms = np.einsum("ij,ij->i", self._scaled, self._scaled)

    def block(self, start: int, stop: int) -> NDArray[np.intp]:
        """Return the bins of the pairs of rows [start, stop) with all rows, [stop − start, n]."""
        norms = self._norms[start:stop]
        distances = np.matmul(-2.0 * self._scaled[start:stop], self._scaled.T)
        distances += norms[:, None]
        distances += self._norms
        np.sqrt(np.maximum(distances, 0.0, out=distances), out=distances)

        doubtful = self._near_an_edge(distances, norms)
        np.ceil(distances, out=distances)
        distances -= 1.0
        found = np.clip(distances, 0, self.bins - 1, out=distances).astype(np.intp)
        if doubtful.any():
            row, column = np.nonzero(doubtful)
            exact = np.sqrt(pair_squared_distances(self.embeddings, self.embeddings, row + start, column))
            found[row, column] = np.minimum(np.searchsorted(self.edges, exact), self.bins - 1)
        return found

    def _near_an_edge(self, distances: NDArray[np.float64], norms: NDArray[np.float64]) -> NDArray[np.bool_]:
        # Beyond ½ an error e of the square is at most e in the root. Below it there is no edge: bin 0 begins at 0.
        item_norms = norms_within(norms, np.square([float(self.bins)]))
        slack = error_bound(self.embeddings.shape[1], norms, item_norms, 2.0**-53) + 2.0**-50 * self.bins
        gap = np.rint(distances)
        np.abs(np.subtract(distances, gap, out=gap), out=gap)
        near: NDArray[np.bool_] = gap <= slack[:, None]
        near &= distances > 0.5
        near &= distances < self.bins - 0.5
        # The reasoning above needs a small error; a far outlier can make it large.
        near[slack > 0.25] = True
        return near


def _edges(embeddings: NDArray[Any], bins: int) -> NDArray[np.float64]:
    """Cut [0, largest possible distance] evenly; the result does not depend on the order of the rows, to the last bit.

    All vectors lie within a ball around the middle of their bounding box; no distance exceeds its diameter.
    """
    middle = (embeddings.min(axis=0).astype(np.float64) + embeddings.max(axis=0).astype(np.float64)) / 2
    every, only = np.arange(len(embeddings)), np.zeros(len(embeddings), np.int64)
    reach = 2.0 * np.sqrt(pair_squared_distances(embeddings, middle[None], every, only).max())
    # A little more than the diameter: with two points only, all distances would lie on the last edge exactly.
    width = reach * (1.0 + 2.0**-10) / bins
    if width < np.finfo(np.float64).tiny * 2.0**60:
        # Collapsed embeddings have no scale; any will do.
        width = 1.0 / bins
    edges: NDArray[np.float64] = width * np.arange(1, bins + 1)
    return edges


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

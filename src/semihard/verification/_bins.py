"""Bins of Euclidean distance for blocks of pairs, as if each pair had been measured by itself."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.retrieval._settle import error_bound, norms_within, pair_squared_distances


class DistanceBins:
    """Bins of equal width: bin 0 holds distances in [0, width], bin k those in (k · width, (k + 1) · width].

    A matrix product gives the distances fast, with a rounding error that depends on where in the matrix a pair lies.
    Pairs nearer to an edge than the error bound are measured again from their two vectors, so the bins depend neither
    on the block size nor on the order of the rows, and agree with `semihard.retrieval.nearest_neighbours`.

    Args:
        embeddings: real [n, dim], checked.
        bins: how many.
        width: of a bin; the last bin then takes everything beyond. By default `bins` bins cover all distances.

    Attributes:
        edges: float64 [bins], the largest distance in each bin.
    """

    def __init__(self, embeddings: NDArray[Any], bins: int, width: float | None = None) -> None:
        self.embeddings, self.bins = embeddings, bins
        self.edges = _edges(embeddings, bins) if width is None else np.append(width * np.arange(1, bins), np.inf)
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

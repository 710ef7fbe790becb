"""Searches of embeddings among identities: how far each is from every identity."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Distances that are kept, 256 MB of them: of more identities fewer searches are made.
MOST = 2**25
# Distances of embeddings that are computed at a time.
_AT_ONCE = 2**22


class Searches(NamedTuple):
    """Embeddings that are looked for among identities.

    Attributes:
        distances: float64 [searches, identities], to the nearest enrolled embedding of each; infinite to its own.
        own: int64 [searches], which identity each is of.
        mates: float64 [searches], to the nearest enrolled embedding of its own, another one than itself; NaN where
            there is none, or it is enrolled itself while others of its identity are not.
    """

    distances: NDArray[np.float64]
    own: NDArray[np.int64]
    mates: NDArray[np.float64]

    @property
    def others(self) -> int:
        """How many identities each search may be mistaken for."""
        return self.distances.shape[1] - 1

    def of(self, identities: NDArray[np.bool_]) -> "Searches":
        """Return the searches of some identities [identities], among these."""
        rows = identities[self.own]
        numbers = np.cumsum(identities) - 1
        return Searches(self.distances[np.ix_(rows, identities)], numbers[self.own[rows]], self.mates[rows])


def searches_of(
    embeddings: NDArray[Any], codes: NDArray[np.int64], enrolled: int | None, seed: int, most: int = MOST
) -> Searches:
    """Measure how far each embedding is from every identity.

    Args:
        embeddings: checked, [n, dim].
        codes: int64 [n], identities numbered from 0 without gaps.
        enrolled: how many embeddings of an identity are enrolled, drawn at random; None for all.
        seed: of the draw.
        most: distances to keep. Where there are more, so many searches as fit are drawn at random.

    Example:
        Of identity 0, at 0 and 1, and identity 1, at 5.

        >>> found = searches_of(np.array([[0.0], [1.0], [5.0]]), np.array([0, 0, 1]), None, 0)
        >>> found.distances.tolist(), found.mates.tolist()
        ([[inf, 5.0], [inf, 4.0], [4.0, inf]], [1.0, 1.0, nan])
    """
    rng = np.random.default_rng(seed)
    # Shuffled within each identity, so that the first few are a fair draw.
    items = rng.permutation(len(codes))
    items = items[np.argsort(codes[items], kind="stable")]
    starts = np.searchsorted(codes[items], np.arange(codes.max() + 1))
    if enrolled is not None:
        items = items[np.arange(len(items)) - starts[codes[items]] < enrolled]
        starts = np.searchsorted(codes[items], np.arange(codes.max() + 1))
    rows = np.arange(len(codes))
    if len(rows) * len(starts) > most:
        rows = np.sort(rng.permutation(len(rows))[: max(1, most // len(starts))])
    centred = embeddings.astype(np.float64) - embeddings.mean(axis=0, dtype=np.float64)
    norms = np.einsum("ij,ij->i", centred, centred)
    gallery, place = centred[items], np.full(len(codes), -1)
    place[items] = np.arange(len(items))
    distances = np.empty((len(rows), len(starts)))
    step = max(1, _AT_ONCE // len(items))
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        squared = centred[some] @ gallery.T
        squared *= -2.0
        squared += norms[some, None]
        squared += norms[items]
        at = np.flatnonzero(place[some] >= 0)
        squared[at, place[some[at]]] = np.inf  # itself
        np.minimum.reduceat(squared, starts, axis=1, out=distances[start : start + step])
    np.sqrt(np.maximum(distances, 0.0, out=distances), out=distances)
    each = np.arange(len(rows))
    mates = distances[each, codes[rows]]
    mates[~np.isfinite(mates) | ((place[rows] >= 0) & (enrolled is not None))] = np.nan
    distances[each, codes[rows]] = np.inf
    return Searches(distances, codes[rows], mates)

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
        others: how many identities a search may be mistaken for; one more for those whose own is not among them.
        fixed: whether the identities that are looked among are a gallery that stays as it is, and `own` numbers
            others than `distances` do.
    """

    distances: NDArray[np.float64]
    own: NDArray[np.int64]
    mates: NDArray[np.float64]
    others: int
    fixed: bool = False

    @property
    def identities(self) -> int:
        """How many identities the searches are of."""
        return int(self.own.max()) + 1 if self.fixed else self.distances.shape[1]

    def of(self, identities: NDArray[np.bool_]) -> "Searches":
        """Return the searches of some identities [identities], among these or in the gallery that stays as it is."""
        rows = identities[self.own]
        own = (np.cumsum(identities) - 1)[self.own[rows]]
        if self.fixed:
            return self._replace(distances=self.distances[rows], own=own, mates=self.mates[rows])
        return Searches(self.distances[np.ix_(rows, identities)], own, self.mates[rows], int(identities.sum()) - 1)


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
    rows = _drawn(len(codes), len(starts), rng, most)
    place = np.full(len(codes), -1)
    place[items] = np.arange(len(items))
    distances = _to_identities(embeddings[rows], embeddings[items], starts, place[rows])
    each = np.arange(len(rows))
    mates = distances[each, codes[rows]]
    mates[~np.isfinite(mates) | ((place[rows] >= 0) & (enrolled is not None))] = np.nan
    distances[each, codes[rows]] = np.inf
    return Searches(distances, codes[rows], mates, len(starts) - 1)


def searches_in(
    gallery: NDArray[Any],
    gallery_codes: NDArray[np.int64],
    embeddings: NDArray[Any],
    codes: NDArray[np.int64],
    seed: int,
    most: int = MOST,
) -> Searches:
    """Measure how far each embedding is from every identity of a gallery; its own is looked for among the embeddings.

    Args:
        gallery: checked, [items, dim].
        gallery_codes: int64 [items], equal to `codes` for the same identity.
        embeddings: checked, [n, dim].
        codes: int64 [n].
        seed: of the draw.
        most: as of `searches_of`.

    Example:
        Identity 7, at 0 and 1, in a gallery where it is at 2, and others at 5 and 9.

        >>> gallery, embeddings = np.array([[9.0], [2.0], [5.0]]), np.array([[0.0], [1.0]])
        >>> found = searches_in(gallery, np.array([3, 7, 1]), embeddings, np.array([7, 7]), 0)
        >>> found.distances.tolist(), found.mates.tolist(), found.others
        ([[5.0, 9.0, inf], [4.0, 8.0, inf]], [1.0, 1.0], 2)
    """
    names, numbers = np.unique(gallery_codes, return_inverse=True)
    items = np.argsort(numbers, kind="stable")
    rows = _drawn(len(codes), len(names), np.random.default_rng(seed), most)
    starts = np.searchsorted(numbers[items], np.arange(len(names)))
    distances = _to_identities(embeddings[rows], gallery[items], starts, np.full(len(rows), -1))
    mates = np.full(len(codes), np.nan)
    for code in np.unique(codes):
        some = np.flatnonzero(codes == code)
        if len(some) > 1:
            mates[some] = _to_identities(embeddings[some], embeddings[some], np.array([0]), np.arange(len(some)))[:, 0]
    column = np.searchsorted(names, codes[rows])
    known = np.append(names, -1)[column] == codes[rows]
    distances[np.flatnonzero(known), column[known]] = np.inf
    own = np.unique(codes[rows], return_inverse=True)[1].reshape(-1)
    return Searches(distances, own, mates[rows], len(names) - bool(known.any()), fixed=True)


def _drawn(searches: int, identities: int, rng: np.random.Generator, most: int) -> NDArray[np.int64]:
    if searches * identities <= most:
        return np.arange(searches)
    return np.sort(rng.permutation(searches)[: max(1, most // identities)])


def _to_identities(
    queries: NDArray[Any], gallery: NDArray[Any], starts: NDArray[np.int64], itself: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Distances float64 [queries, identities] to the nearest item of each identity, other than itself.

    Args:
        queries, gallery: [n, dim].
        starts: int64 [identities], where the items of each begin in the gallery.
        itself: int64 [queries], which item each is, or −1.
    """
    centre = gallery.mean(axis=0, dtype=np.float64)
    items = gallery.astype(np.float64) - centre
    norms = np.einsum("ij,ij->i", items, items)
    distances = np.empty((len(queries), len(starts)))
    step = max(1, _AT_ONCE // len(items))
    for start in range(0, len(queries), step):
        piece = slice(start, start + step)
        some = queries[piece].astype(np.float64) - centre
        squared = some @ items.T
        squared *= -2.0
        squared += np.einsum("ij,ij->i", some, some)[:, None]
        squared += norms
        at = np.flatnonzero(itself[piece] >= 0)
        squared[at, itself[piece][at]] = np.inf
        np.minimum.reduceat(squared, starts, axis=1, out=distances[piece])
    return np.sqrt(np.maximum(distances, 0.0, out=distances), out=distances)

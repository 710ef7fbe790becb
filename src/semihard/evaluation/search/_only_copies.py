"""Which queries lie in the gallery themselves, bit for bit."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.embeddings import checked_embeddings

# Numbers hashed at a time, that stay in the processor's cache.
_AT_ONCE = 2**17


def only_copies(queries: Any, gallery: Any) -> NDArray[np.int64]:
    """Return for each query the one gallery item that equals it exactly; −1 where there is none, or several.

    Several equal items are embeddings that have collapsed, or zeros, rather than the query itself.

    Args:
        queries: real [queries, dim].
        gallery: real [gallery, dim].

    Returns:
        int64 [queries].

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim].

    Example:
        >>> only_copies([[0.0, 1.0], [2.0, 2.0], [5.0, 5.0]], [[2.0, 2.0], [5.0, 5.0], [5.0, 5.0]]).tolist()
        [-1, 0, -1]
    """
    queries, gallery = checked_embeddings("queries", queries), checked_embeddings("gallery", gallery)
    found = np.full(len(queries), -1, np.int64)
    if queries.shape[1] != gallery.shape[1]:
        return found
    # Two different rows share a hash of 64 bits about never, and are told apart below.
    hashes, first, counts = np.unique(_hashes(gallery), return_index=True, return_counts=True)
    wanted = _hashes(queries)
    place = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
    rows = np.flatnonzero((hashes[place] == wanted) & (counts[place] == 1))
    items = first[place[rows]]
    step = max(1, _AT_ONCE // queries.shape[1])
    for start in range(0, len(rows), step):
        some = slice(start, start + step)
        equal = (queries[rows[some]] == gallery[items[some]]).all(axis=1)
        found[rows[some][equal]] = items[some][equal]
    return found


def _hashes(array: NDArray[Any]) -> NDArray[np.uint64]:
    multipliers = np.random.default_rng(0).integers(0, 2**64, array.shape[1], np.uint64) | np.uint64(1)
    hashes = np.empty(len(array), np.uint64)
    step = max(1, _AT_ONCE // array.shape[1])
    for start in range(0, len(array), step):
        # Float64 holds every smaller float, so that queries and gallery may differ in dtype; + 0 makes −0 a 0.
        bits = (array[start : start + step].astype(np.float64) + 0.0).view(np.uint64)
        bits ^= bits >> np.uint64(29)  # float32 leaves the lower bits empty
        hashes[start : start + step] = bits @ multipliers
    return hashes

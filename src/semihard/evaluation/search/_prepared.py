"""A gallery made ready to be searched, once for all searches."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.embeddings import checked_embeddings
from semihard.evaluation.search._products import Centred, extent
from semihard.evaluation.search.exact import row_identities


class PreparedGallery:
    """A gallery for `nearest_neighbors` and `neighbor_blocks` that is prepared once: few queries would wait for that.

    It keeps what a search needs: a centred copy of the vectors, in float32 where they are no finer.

    Args:
        vectors: real [items, dim]; they must not change.

    Raises:
        TypeError, ValueError: for vectors that are not finite numbers [items, dim].

    Example:
        >>> from semihard.evaluation.search import nearest_neighbors
        >>> gallery = PreparedGallery([[0.0], [5.0]])
        >>> [nearest_neighbors([[query]], gallery, k=1)[1].item() for query in (1.0, 4.0)]
        [0, 1]
    """

    def __init__(self, vectors: Any) -> None:
        self.vectors: NDArray[Any] = checked_embeddings("gallery", vectors)
        self._centred: Centred | None = None

    def __len__(self) -> int:
        return len(self.vectors)

    @cached_property
    def extent(self) -> tuple[int, float]:
        """As of `coarse_enough`."""
        return extent(self.vectors)

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """In which order the items are searched, int64 [items].

        By chance, so that the neighbours of a query lie in all tiles, and the first tile tells how far they are.
        """
        return np.random.default_rng(0).permutation(len(self.vectors))

    @cached_property
    def place_of(self) -> NDArray[np.int64]:
        """Where each item is in that order, int64 [items]."""
        found = np.empty_like(self.places)
        found[self.places] = np.arange(len(found))
        return found

    @cached_property
    def identities(self) -> NDArray[np.int64]:
        """As of `row_identities`."""
        return row_identities(self.vectors)

    def centred(self, kind: Any) -> Centred:
        """Return the vectors ready for products in a dtype; only those of one dtype are kept."""
        kept = self._centred
        if kept is None or kept.dtype != kind:
            self._centred = kept = None  # before there are two
            # Without centring, vectors far from the origin would make the error bound, and so the work, large.
            centre = self.vectors.mean(axis=0, dtype=np.float64)
            self._centred = kept = Centred(self.vectors, self.places, centre, kind)
        return kept


def prepared(gallery: Any) -> PreparedGallery:
    return gallery if isinstance(gallery, PreparedGallery) else PreparedGallery(gallery)

"""Which items of a gallery are near: by an exact search, or by an approximate index of them."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.embeddings import unit_vectors
from semihard.evaluation import nearest_neighbors
from semihard.evaluation.search import PreparedGallery
from semihard.gallery._contents import Contents
from semihard.gallery._hnsw import Hnsw, IndexRecall, Progress
from semihard.gallery._items import Items

INDEXES = ("exact", "hnsw")


class Indexed(Contents):
    """Items that can be searched in the gallery's metric, with an approximate index if one was asked for."""

    def __init__(self, metric: str, model: str | None) -> None:
        super().__init__(metric, model)
        self._hnsw: Hnsw | None = None  # of these items, or of those before: then another is made when it is needed

    @property
    def index(self) -> IndexRecall | None:
        """What the approximate index is worth; None where there is none of these items."""
        kept = self._hnsw
        return kept.about if kept is not None and kept.gallery is self._searched(self._items) else None

    def build_index(self, progress: Progress | None = None) -> IndexRecall:
        """Build an approximate index, for `search` and `match` with index="hnsw"; one that is there is kept.

        `save` keeps it with the gallery. Items that are added go into it; where some were removed since, or more added
        than it was built of, or far from these, it is built again. Of 256 dimensions it takes some 800 bytes an item,
        in memory and on the disk. Several threads build it: no two are the same to the bit.

        Args:
            progress: called with (items in the index, all items); a million take minutes.

        Returns:
            What it is worth: the share of the 10 nearest that it finds, of 256 items before they were added.

        Raises:
            ValueError: there are no items.
            ImportError: usearch is not installed: `pip install "semihard[ann]"`.

        Example:
            >>> from semihard.gallery import Gallery
            >>> import numpy as np
            >>> gallery = Gallery.create(np.random.default_rng(0).normal(size=(1000, 8)))
            >>> gallery.build_index().recall > 0.9
            True
            >>> gallery.search(gallery.vectors[:1], k=1, index="hnsw").items.tolist()
            [[0]]
        """
        items = self._items
        if not len(items):
            raise ValueError("Expected items to index. Received: an empty gallery. Add them first.")
        found = self._index_of(items, progress).about
        assert found is not None  # noqa: S101 - of an index that is built
        return found

    def drop_index(self) -> None:
        """Forget the approximate index: `save` writes none.

        Example:
            >>> from semihard.gallery import Gallery
            >>> gallery = Gallery.create([[0.0]])
            >>> gallery.drop_index()
            >>> gallery.index is None
            True
        """
        self._hnsw = None

    def _compared(self, array: NDArray[Any]) -> NDArray[Any]:
        return array if self._metric == "euclidean" else unit_vectors("vectors", array)

    def _searched(self, items: Items) -> PreparedGallery:
        return items.as_they_are if self._metric == "euclidean" else items.as_directions

    def _nearest(self, items: Items, index: str) -> Callable[..., tuple[NDArray[np.float64], NDArray[np.int64]]]:
        """What finds the k nearest items of queries."""
        if index == "exact":
            return partial(nearest_neighbors, gallery=self._searched(items))
        return self._index_of(items).nearest

    def _index_of(self, items: Items, progress: Progress | None = None) -> Hnsw:
        """The approximate index of these items: the one that is there, with what was added since, or a new one."""
        kept, gallery = self._hnsw, self._searched(items)
        if kept is not None and kept.gallery is gallery:
            return kept
        made = None
        if kept is not None and kept.takes(gallery):
            with suppress(OSError):  # of its file, which may have gone with its version: the items are all here
                made = kept.extended(gallery, progress)
        self._hnsw = made = made or Hnsw.build(gallery, progress)
        return made

    def _measured(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Euclidean distances in the gallery's metric: of directions, |a − b|² = 2 − 2 cos."""
        return distances if self._metric == "euclidean" else distances**2 / 2

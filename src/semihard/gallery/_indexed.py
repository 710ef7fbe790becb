"""Which items of a gallery are near: by an exact search, or by an approximate index of them."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation import nearest_neighbors
from semihard.evaluation.search import PreparedGallery
from semihard.gallery._chosen import ALL, Chosen
from semihard.gallery._contents import Contents
from semihard.gallery._hnsw import Hnsw, Progress
from semihard.gallery._index_recall import IndexRecall
from semihard.gallery._items import Items
from semihard.gallery._nearest_of import Found
from semihard.gallery._view import Facts


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
        """Build an approximate index, for `search` and `match` with index="ann"; one that is there is kept.

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
            >>> gallery.search(gallery.vectors[:1], k=1, index="ann").items.tolist()
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

    def _view(self) -> AbstractContextManager["InMemory"]:
        return nullcontext(InMemory(self._facts(), self._items, self._index_of))

    def _searched(self, items: Items) -> PreparedGallery:
        return searched(items, self._metric)

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


class InMemory(NamedTuple):
    """The `View` of items that are in memory.

    Attributes:
        facts: what holds for all of them.
        items: these.
        index_of: gives their approximate index, built if there is none.
    """

    facts: Facts
    items: Items
    index_of: Callable[[Items], Hnsw]

    def __len__(self) -> int:
        return len(self.items)

    @property
    def columns(self) -> Collection[str]:
        return self.items.metadata

    @property
    def unlabeled(self) -> int:
        return self.items.unlabeled

    @property
    def several(self) -> bool:
        return self.items.classes > 1

    @property
    def elsewhere(self) -> bool:
        return False

    def nearest(self, queries: NDArray[Any], k: int, index: str, chosen: Chosen) -> Found:
        """As of `View`; of chosen items the search is exact: the graph knows nothing of labels."""
        gallery = searched(self.items, self.facts.metric) if len(self.items) else None
        places = self.items.places(chosen) if chosen != ALL else np.arange(len(self.items))
        k = min(k, len(places))
        if gallery is None or not k:
            return np.empty((len(queries), 0)), np.empty((len(queries), 0), np.int64)
        if chosen != ALL:
            distances, found = nearest_neighbors(queries, gallery.vectors[places], k=k)
            return distances, places[found]
        if index == "exact":
            return nearest_neighbors(queries, gallery, k=k)
        return self.index_of(self.items).nearest(queries, k)

    def ids(self, items: NDArray[np.int64]) -> NDArray[np.object_]:
        return self.items.id_objects[items]

    def labels(self, items: NDArray[np.int64]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
        return self.items.label_objects[items], self.items.codes[items]


def searched(items: Items, metric: str) -> PreparedGallery:
    """What is searched of items: their vectors, or for cosine distances the directions.

    Example:
        >>> len(searched(Items(np.eye(2), [0, 1], [None, None], {}), "cosine_distance"))
        2
    """
    return items.as_they_are if metric == "euclidean" else items.as_directions

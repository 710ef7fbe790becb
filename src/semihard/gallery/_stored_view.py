"""A search among rows that are not in memory: exact by reading them all in blocks, or among what an index finds."""

from collections.abc import Collection
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.embeddings import checked_embeddings
from semihard.evaluation import nearest_neighbors
from semihard.evaluation.search import PreparedGallery
from semihard.evaluation.search.exact import pair_squared_distances
from semihard.gallery._chosen import Chosen
from semihard.gallery._comparable import compared
from semihard.gallery._nearest_of import Found, measured, nearest_of, share_found
from semihard.gallery._rows import Rows
from semihard.gallery._view import Facts

# Beyond this an exact search takes no longer.
_DEEPEST = 512
# Vectors that judge the index, and of how many neighbors.
JUDGES, K = 256, 10


class StoredView:
    """The `View` of rows of a store."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._names: dict[int, tuple[Any, Any]] = {}
        self._codes: dict[Any, int] = {}

    @property
    def facts(self) -> Facts:
        return self._rows.header.facts

    @property
    def columns(self) -> Collection[str]:
        return self._rows.header.columns

    @cached_property
    def unlabeled(self) -> int:
        return self._rows.unlabeled

    @property
    def several(self) -> bool:
        return self._rows.several

    @property
    def elsewhere(self) -> bool:
        return True

    def __len__(self) -> int:
        return len(self._rows)

    def nearest(self, queries: NDArray[Any], k: int, index: str, chosen: Chosen) -> Found:
        """As of `View`."""
        if index == "exact" or not len(self):
            return self._exact(queries, k, chosen)
        if self._rows.header.index is None:
            raise ValueError('Expected an index for index="ann". Received: none. Call `build_index`, or leave it out.')
        return self._approximate(queries, k, chosen)

    def ids(self, items: NDArray[np.int64]) -> NDArray[np.object_]:
        return self._named(items, 0)

    def labels(self, items: NDArray[np.int64]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
        names = self._named(items, 1)
        codes = [self._codes.setdefault(label, len(self._codes)) for label in names.reshape(-1)]
        return names, np.array(codes, np.int64).reshape(names.shape)

    def recall(self) -> tuple[float | None, int, int]:
        """What the index finds of the k nearest of some items that are not among its candidates, k, and how many."""
        items, vectors = self._rows.judges(min(JUDGES, len(self) // 4))
        k = min(K, len(self) - len(items))
        if not len(items):
            return None, k, 0
        queries, others = self._compared(vectors), Chosen(but_items=frozenset(items.tolist()))
        count = _wanted(k, len(self) - len(items))
        squared, _, counts = self._candidates(queries, count, others)
        distances, _ = self._exact(queries, k, others)
        return share_found(squared, counts >= count, distances[:, -1], k), k, len(items)

    def _exact(self, queries: NDArray[Any], k: int, chosen: Chosen) -> Found:
        squared, items = np.empty((len(queries), 0)), np.empty((len(queries), 0), np.int64)
        for found, vectors in self._rows.scan(chosen):
            gallery = PreparedGallery(self._compared(vectors))
            _, places = nearest_neighbors(queries, gallery, k=min(k, len(found)))
            rows = np.repeat(np.arange(len(queries)), places.shape[1])
            some = pair_squared_distances(queries, gallery.vectors, rows, places.reshape(-1)).reshape(places.shape)
            both = np.concatenate([squared, some], axis=1), np.concatenate([items, found[places]], axis=1)
            squared, items = nearest_of(*both, k)
        return np.sqrt(squared), items

    def _approximate(self, queries: NDArray[Any], k: int, chosen: Chosen) -> Found:
        count = _wanted(k, len(self))
        if k > _DEEPEST or count == len(self):
            return self._exact(queries, k, chosen)
        squared, items, counts = self._candidates(queries, count, chosen)
        full = counts >= count
        if full.all():
            squared, items = nearest_of(squared, items, k)
            return np.sqrt(squared), items
        # An index that filters what it has found loses rows, and there may be no more of them.
        rest, others = self._exact(queries[~full], k, chosen)
        distances, found = np.empty((len(queries), rest.shape[1])), np.empty((len(queries), rest.shape[1]), np.int64)
        distances[~full], found[~full] = rest, others
        if full.any():
            squared, items = nearest_of(squared[full], items[full], k)
            distances[full], found[full] = np.sqrt(squared), items
        return distances, found

    def _candidates(
        self, queries: NDArray[Any], count: int, chosen: Chosen
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        # What float32 cannot hold lies beyond all that is stored.
        most = np.finfo(np.float32).max
        rows, items, vectors = self._rows.candidates(np.clip(queries, -most, most).astype(np.float32), count, chosen)
        return measured(queries, self._compared(vectors) if len(vectors) else vectors, rows, items)

    def _compared(self, vectors: NDArray[Any]) -> NDArray[Any]:
        return compared(checked_embeddings("gallery", vectors), self.facts.metric)

    def _named(self, items: NDArray[np.int64], what: int) -> NDArray[np.object_]:
        wanted = np.unique(items)
        missing = [item for item in wanted.tolist() if item not in self._names]
        if missing:
            self._names |= self._rows.named(np.array(missing, np.int64))
        found = np.empty(items.size, object)
        found[:] = [self._names[item][what] for item in items.reshape(-1).tolist()]
        return found.reshape(items.shape)


def _wanted(k: int, items: int) -> int:
    """Candidates to measure for k neighbors: the codes of an index are coarse."""
    return min(2 * k + 16, items)

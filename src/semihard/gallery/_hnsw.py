"""An approximate index: a graph of the vectors, HNSW, in which a search looks at few of them. By usearch."""

import itertools
import os
import shutil
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.extras import ANN, MissingPackage
from semihard.evaluation import nearest_neighbors
from semihard.evaluation.search import PreparedGallery
from semihard.evaluation.search.exact import pair_squared_distances
from semihard.gallery._index_recall import IndexRecall
from semihard.gallery._nearest_of import nearest_of, share_found

# Neighbors of each vector in the graph (with 16, several threads that add leave some out of reach), and vectors that
# are kept in view while one is added or looked for.
_CONNECTIVITY, _ADDING, _SEARCHING = 32, 128, 64
# Deeper searches are exact: through so much of the graph there is nothing to save.
_DEEPEST = 512
# Vectors that judge the index, of how many neighbors; and those that are added at a time.
_JUDGES, _K, _AT_ONCE = 256, 10, 2**14
# The first of a graph are added by one thread: several leave items out of reach (up to 2 % of 300 on a busy machine).
_ALONE = 2**10
# How many times as far from the centre as the items that an index was built of others may be that are added to it.
_FARTHEST = 4
Progress = Callable[[int, int], object]


class Hnsw:
    """An index of a gallery, which stays as it is.

    Args:
        gallery: what is searched.
        about: what the index is worth.
        path: of the file that `write` wrote, read when it is first needed; or else `graph`.
        graph: of usearch.
    """

    def __init__(
        self, gallery: PreparedGallery, about: IndexRecall | None, path: Path | None = None, graph: Any = None
    ) -> None:
        self.gallery, self.about, self.path, self._graph = gallery, about, path, graph
        # Threads of usearch's share their scratch space with those of another call.
        self._lock = Lock()

    @classmethod
    def build(cls, gallery: PreparedGallery, progress: Progress | None = None) -> "Hnsw":
        """Build the index of a gallery, and judge it by vectors that are added last.

        Args:
            gallery: of one item or more.
            progress: called with (items in the index, all items).

        Raises:
            ImportError: usearch is not installed.
        """
        graph = _usearch().Index(
            ndim=gallery.vectors.shape[1],
            metric="l2sq",
            dtype="f16",  # half the memory; the candidates are measured again from the vectors themselves
            connectivity=_CONNECTIVITY,
            expansion_add=_ADDING,
            expansion_search=_SEARCHING,
        )
        made = cls(gallery, None, graph=graph)
        # By chance: classes that lie one after another make a worse graph.
        judges, others = np.split(gallery.places, [min(_JUDGES, len(gallery) // 4)])
        made._add(others, progress)
        k = min(_K, len(others))
        recall = made._recall(judges, k) if len(judges) else None
        made._add(judges, progress)
        made.about = IndexRecall(recall, k, len(judges), len(gallery))
        return made

    def takes(self, gallery: PreparedGallery) -> bool:
        """Whether a gallery is this one with others after it: no more than it was built of, and not far from these."""
        known, count = self.gallery.vectors, len(self.gallery)
        if not count <= len(gallery) <= 2 * self._built_of:
            return False
        blocks = [slice(start, min(start + _AT_ONCE, count)) for start in range(0, count, _AT_ONCE)]
        if not all(np.array_equal(known[block], gallery.vectors[block]) for block in blocks):
            return False
        centre, reach = self._range
        return bool(np.abs(gallery.vectors[count:] - centre).max(initial=0) <= _FARTHEST * reach)

    def extended(self, gallery: PreparedGallery, progress: Progress | None = None) -> "Hnsw":
        """Return the index of a gallery that it takes, as of `build`; this one stays as it is.

        Where many are added at once some of them judge it; else it is worth what it was.

        Raises:
            OSError: its file cannot be read.
        """
        with self._lock:
            graph = self._restored() if self._graph is None else self._graph.copy()
        assert self.about is not None  # noqa: S101 - of an index that is built
        about = self.about._replace(items=len(gallery), built_of=self._built_of)
        made = type(self)(gallery, about, graph=graph)
        added = len(self.gallery) + np.random.default_rng(0).permutation(len(gallery) - len(self.gallery))
        judges, others = np.split(added, [_JUDGES if len(added) >= 4 * _JUDGES else 0])
        made._add(others, progress)
        if len(judges):
            made.about = about._replace(recall=made._recall(judges, _K), k=_K, queries=len(judges))
            made._add(judges, progress)
        return made

    def nearest(self, queries: NDArray[Any], k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return what `nearest_neighbors` does, of the items that the index finds.

        Distances, and the order of these, are those of the exact search.

        Args:
            queries: checked embeddings [queries, dim].
            k: how many, at most as many as there are items.
        """
        if k > _DEEPEST:
            return nearest_neighbors(queries, self.gallery, k=k)
        # Some more, since rounding decides on the last of them.
        items, found = self._candidates(queries, min(k + max(6, k // 2), len(self.gallery)))
        rows = np.repeat(np.arange(len(queries)), items.shape[1])
        squared = pair_squared_distances(queries, self.gallery.vectors, rows, items.reshape(-1)).reshape(items.shape)
        squared, items = nearest_of(squared, items, k)
        distances = np.sqrt(squared)
        if not found.all():  # parts of a graph of many equal vectors may be out of reach
            distances[~found], items[~found] = nearest_neighbors(queries[~found], self.gallery, k=k)
        return distances, items

    def write(self, path: Path) -> None:
        """Write the index's file; raise `OSError` if that cannot be done."""
        with self._lock:
            if self._graph is None:
                shutil.copyfile(str(self.path), path)
                return
            try:
                self._graph.save(os.fspath(path))
            except RuntimeError as error:
                raise OSError(f"Expected {path} to be writable. Received: {error}") from error
            if path.stat().st_size != self._graph.serialized_length:
                raise OSError(f"Expected room for {path}. Received: a part of it only. Is the disk full?")

    def _read(self) -> Any:
        """The graph; under the lock."""
        if self._graph is None:
            self._graph = self._restored()
        return self._graph

    def _restored(self) -> Any:
        index, why = _usearch().Index, "no file"
        try:
            found = index.restore(str(self.path), expansion_add=_ADDING, expansion_search=_SEARCHING)
        except (RuntimeError, OSError) as error:
            found, why = None, str(error)
        if found is None:
            raise OSError(f"Expected the index {self.path} as it was opened. Received: {why}. Open the gallery again.")
        return found

    def _candidates(self, queries: NDArray[Any], count: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Items int64 [queries, count] that are near, in no order, and which rows are full [queries]."""
        keys, full = np.zeros((len(queries), count), np.int64), np.zeros(len(queries), np.bool_)
        if not len(queries):
            return keys, full
        with self._lock:
            found = self._read().search(self._scaled(queries), count)
        if len(queries) == 1:  # then usearch answers otherwise
            full[0] = len(found.keys) == count
            keys[full] = found.keys
        else:
            full = np.asarray(found.counts) == count
            keys[full] = found.keys[full]
        return keys, full

    def _add(self, items: NDArray[np.int64], progress: Progress | None) -> None:
        alone = min(max(_ALONE - len(self._graph), 0), len(items))
        starts = [*([0] if alone else []), *range(alone, len(items), _AT_ONCE)]
        for start, stop in itertools.pairwise([*starts, len(items)]):
            some, threads = items[start:stop], 1 if start < alone else 0
            self._graph.add(some.astype(np.uint64), self._scaled(self.gallery.vectors[some]), threads=threads)
            if progress is not None:
                progress(len(self._graph), len(self.gallery))

    @property
    def _built_of(self) -> int:
        return (self.about and self.about.built_of) or len(self.gallery)

    @cached_property
    def _range(self) -> tuple[NDArray[np.float64], float]:
        """The centre of the vectors and how far they reach from it: float16 loses what is far off, huge or tiny.

        Of those that it was built of, also when others were added: all are in one scale.
        """
        vectors = self.gallery.vectors[: self._built_of]
        centre = vectors.mean(axis=0, dtype=np.float64)
        return centre, float(max(np.abs(bound(vectors, axis=0) - centre).max() for bound in (np.max, np.min)))

    def _scaled(self, vectors: NDArray[Any]) -> NDArray[np.float32]:
        centre, reach = self._range
        reach = reach or 1.0
        return np.clip((vectors - centre) / reach, -1e3, 1e3).astype(np.float32)

    def _recall(self, judges: NDArray[np.int64], k: int) -> float:
        """Share of the k nearest of vectors that are not in the index yet; of equally near ones any will do."""
        queries = self.gallery.vectors[judges]
        pairs = np.repeat(np.arange(len(judges)), len(judges)), np.tile(judges, len(judges))
        nearest, _ = nearest_neighbors(queries, self.gallery, k=k, exclude=pairs)
        items, full = self._candidates(queries, min(k + max(6, k // 2), len(self.gallery) - len(judges)))
        rows = np.repeat(np.arange(len(queries)), items.shape[1])
        squared = pair_squared_distances(queries, self.gallery.vectors, rows, items.reshape(-1)).reshape(items.shape)
        return share_found(squared, full, nearest[:, -1], k)


def _usearch() -> Any:
    try:
        import usearch.index
    except ImportError as error:
        raise MissingPackage("usearch", ANN, error) from error
    return usearch.index

"""A gallery: embeddings with ids and labels, to search, to name what is new, and to keep in a directory."""

import math
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import one_of, whole_number
from semihard._core.embeddings import checked_embeddings, unit_vectors
from semihard.evaluation import Matches, nearest_neighbors
from semihard.evaluation.calibration import find_matches
from semihard.evaluation.search import PreparedGallery
from semihard.gallery._columns import Id, kept_ids, kept_labels, kept_metadata, listed_ids
from semihard.gallery._hnsw import Hnsw, IndexRecall
from semihard.gallery._items import Items
from semihard.gallery._neighbors import Neighbors
from semihard.gallery._threshold import Threshold, threshold_of
from semihard.gallery._versions import Content, Saved, index_of, read_version, write_version

METRICS = ("euclidean", "cosine_distance")
INDEXES = ("exact", "hnsw")


class Gallery:
    """Embeddings of known things. Make one with `Gallery.create`, or read one with `Gallery.open`.

    A new class needs no training: add its embeddings, made by the same model. Labels and ids stay what they are: 1 and
    "1" are two. What is added or removed is in memory until `save`; a search in another thread sees all of it or
    nothing.

    Example:
        >>> from semihard.gallery import Gallery
        >>> gallery = Gallery.create([[0.0, 0.0], [0.0, 1.0]], labels=["cat", "cat"], threshold=2.0)
        >>> gallery.add([[5.0, 5.0]], labels=["dog"], ids=["rex"])
        ['rex']
        >>> print(gallery.search([[5.0, 4.0]], k=2))
        query  rank  euclidean  id   label
        0      1     1.0000     rex  dog
        0      2     5.8310     1    cat  beyond the threshold
        >>> gallery.match([[5.0, 4.0], [9.0, 9.0]]).labels.tolist()
        ['dog', None]
    """

    def __init__(self, metric: str, model: str | None) -> None:
        self._metric = one_of("metric", metric, METRICS)
        self._model = _model_name(model)
        self._dim: int | None = None
        self._threshold: Threshold | None = None
        self._items = Items(np.empty((0, 0)), [], [], {})
        self._next_id = 0
        self._hnsw: Hnsw | None = None  # of these items, or of those before: then it is built again when it is needed
        self._saved: Saved | None = None
        self._path: Path | None = None

    @classmethod
    def create(
        cls,
        vectors: Any = None,
        labels: Any = None,
        ids: Any = None,
        metadata: Any = None,
        *,
        metric: str = "euclidean",
        model: str | None = None,
        threshold: Any = None,
    ) -> "Gallery":
        """Make a gallery in memory, empty or of these items; `save` writes it.

        Args:
            vectors, labels, ids, metadata: as of `add`; without vectors the gallery is empty.
            metric: "euclidean", or "cosine_distance", 1 − cosine, of vectors of any length but 0.
            model: which model makes the vectors, as a hash or any other name: vectors of another are refused.
            threshold: as of the attribute `threshold`.

        Raises:
            TypeError, ValueError: as `add`, and for another metric, model or threshold than these.

        Example:
            >>> len(Gallery.create()), Gallery.create([[1.0, 2.0]], ["a"]).dim
            (0, 2)
        """
        gallery = cls(metric, model)
        gallery.threshold = threshold
        if vectors is not None:
            gallery.add(vectors, labels, ids, metadata)
        elif labels is not None or ids is not None or metadata is not None:
            raise ValueError("Expected `vectors` beside labels, ids or metadata. Received: none. Pass them, too.")
        return gallery

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, version: int | None = None) -> "Gallery":
        """Read a gallery that `save` wrote, whole: each file is compared with its SHA-256.

        Args:
            path: of its directory.
            version: which one; by default the newest. The one before it is there, too.

        Raises:
            FileNotFoundError: there is no gallery.
            OSError: it cannot be read.
            ValueError: a file is damaged or missing. The message names it, and how to open the version before.

        Example:
            >>> import tempfile
            >>> path = tempfile.mkdtemp() + "/pets"
            >>> Gallery.create([[0.0], [5.0]], ["cat", 7]).save(path).name
            'pets'
            >>> Gallery.open(path).labels
            ['cat', 7]
        """
        content, saved = read_version(path, None if version is None else whole_number("version", version, 1))
        header, items = content.header, content.items
        gallery = cls(header["metric"], header["model"])
        gallery._dim, gallery._next_id = header["dim"], header["next_id"]
        gallery._threshold = None if header["threshold"] is None else Threshold(**header["threshold"])
        gallery._items = Items(content.vectors, items["ids"], items["labels"], items["metadata"])
        gallery._saved, gallery._path = saved, Path(path)
        if header.get("index") is not None:
            known = IndexRecall(**header["index"])
            gallery._hnsw = Hnsw(gallery._searched(gallery._items), known, path=index_of(Path(path), saved))
        return gallery

    def __len__(self) -> int:
        return len(self._items)

    @property
    def dim(self) -> int | None:
        """Dimensions of a vector; None until the first is there."""
        return self._dim

    @property
    def ids(self) -> list[Id]:
        """The id of each item, in the order of the items."""
        return list(self._items.ids)

    @property
    def labels(self) -> list[Any]:
        """The label of each item; None where it has none."""
        return list(self._items.labels)

    @property
    def classes(self) -> int:
        """How many labels there are."""
        return self._items.classes

    @property
    def metadata(self) -> dict[str, list[Any]]:
        """What else is known of each item: name → [items]; None where nothing is."""
        return {name: list(column) for name, column in self._items.metadata.items()}

    @property
    def vectors(self) -> NDArray[Any]:
        """Real [items, dim], as they were added; they cannot be written to."""
        return self._items.vectors

    @property
    def metric(self) -> str:
        """How distances are measured: "euclidean" or "cosine_distance"."""
        return self._metric

    @property
    def model(self) -> str | None:
        """Which model makes the vectors, as the caller named it."""
        return self._model

    @property
    def version(self) -> int | None:
        """The number of the version that was opened or saved last; None for a gallery that is only in memory."""
        return self._saved.number if self._saved else None

    @property
    def threshold(self) -> float | None:
        """Up to which distance, in the gallery's metric, a query is named after its nearest item; None for no limit.

        Set it to a number, or to what `calibrate_identification` or `calibrate` found. Those measure Euclidean
        distances; for a gallery of cosine distances calibrate with `directions=True`.
        """
        return self._threshold.value if self._threshold else None

    @threshold.setter
    def threshold(self, value: Any) -> None:
        found = None if value is None else threshold_of(value, self._metric)
        self._check_threshold(found, self._dim)
        self._threshold = found

    @property
    def note(self) -> str | None:
        """A line if there are more labels than the threshold was calibrated for; else None."""
        size = self._threshold.gallery if self._threshold else None
        if size is None or self.classes <= size:
            return None
        return (
            f"The threshold was calibrated for {size:,} labels, and there are {self.classes:,}: more strangers "
            "get a name than it says. Calibrate again."
        )

    @property
    def index(self) -> IndexRecall | None:
        """What the approximate index is worth; None where there is none of these items."""
        kept = self._hnsw
        return kept.about if kept is not None and kept.gallery is self._searched(self._items) else None

    def build_index(self) -> IndexRecall:
        """Build an approximate index, for `search` and `match` with index="hnsw"; one that is there is kept.

        `save` keeps it with the gallery, and builds it again where items were added or removed since. Of 256
        dimensions it takes some 800 bytes an item, in memory and on the disk. Several threads build it: no two are the
        same to the bit.

        Returns:
            What it is worth: the share of the 10 nearest that it finds, of 256 items before they were added.

        Raises:
            ValueError: there are no items.
            ImportError: usearch is not installed: `pip install "semihard[ann]"`.

        Example:
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
        found = self._index_of(items).about
        assert found is not None  # noqa: S101 - of an index that is built
        return found

    def drop_index(self) -> None:
        """Forget the approximate index: `save` writes none.

        Example:
            >>> gallery = Gallery.create([[0.0]])
            >>> gallery.drop_index()
            >>> gallery.index is None
            True
        """
        self._hnsw = None

    def add(
        self,
        vectors: Any,
        labels: Any = None,
        ids: Any = None,
        metadata: Any = None,
        *,
        model: str | None = None,
    ) -> list[Id]:
        """Add items behind those that are there: all of them, or after an error none.

        The time is that of copying the gallery, however few are added: add many at once.

        Args:
            vectors: real [n, dim], finite.
            labels: [n], text, whole or other numbers, or booleans; None for items without, which can be found but not
                matched.
            ids: [n], texts or whole numbers that the gallery does not hold. By default whole numbers that never were
                ids before.
            metadata: name → [n], or a pandas frame: text, numbers, booleans or None.
            model: which model made the vectors; by default it is not checked. An empty gallery takes it over.

        Returns:
            The ids [n].

        Raises:
            TypeError, ValueError: for vectors that are not finite numbers [n, dim] with the gallery's dim, or zero with
                cosines; for another model's; for labels, ids or metadata of another length or type; and for an id that
                is there already.

        Example:
            >>> gallery = Gallery.create()
            >>> gallery.add([[0.0], [1.0]], labels=[3, "three"], metadata={"file": ["a.png", "b.png"]})
            [0, 1]
            >>> gallery.metadata
            {'file': ['a.png', 'b.png']}
        """
        array = self._vectors("vectors", vectors, model)
        self._check_threshold(self._threshold, array.shape[1])
        count = len(array)
        names = [None] * count if labels is None else kept_labels("labels", labels, count)
        keys = kept_ids(ids, count, self._items.known_ids, self._next_id)
        # Its own: what the caller does with the array later changes nothing here.
        more = Items(array.copy(), keys, names, kept_metadata(metadata, count))
        if not len(self._items):
            self._model = self._model if model is None else model
        self._items = self._items.plus(more)
        self._next_id = max([self._next_id, *(key + 1 for key in keys if isinstance(key, int))])
        self._dim = array.shape[1]
        return list(keys)

    def remove(self, ids: Any) -> None:
        """Remove the items with these ids: all of them, or after an error none.

        Args:
            ids: [n], each of an item.

        Raises:
            TypeError: for one id that is not in a list, or one of another type.
            ValueError: for an id that is not there.

        Example:
            >>> gallery = Gallery.create([[0.0], [1.0]], ids=["a", "b"])
            >>> gallery.remove(["a"])
            >>> gallery.ids
            ['b']
        """
        gone = listed_ids(ids)
        unknown = [key for key in gone if key not in self._items.known_ids]
        if unknown:
            raise ValueError(
                f"Expected `ids` of items that the gallery holds. Received: {unknown[0]!r} ({len(unknown)} such). "
                "Nothing was removed."
            )
        self._items = self._items.without(set(gone))

    def search(self, queries: Any, k: int = 10, *, index: str = "exact", model: str | None = None) -> Neighbors:
        """Return the k nearest items of each query; ties stand in the order of the gallery.

        Args:
            queries: real [queries, dim].
            k: how many; of a smaller gallery all.
            index: "exact", or "hnsw": among the items that the approximate index finds, built if there is none. Their
                distances and order are exact; an item may be missed.
            model: which model made the queries; by default it is not checked.

        Returns:
            `Neighbors`: `ids`, `labels`, `distances`, `items`, and `within` the threshold, [queries, k] each.

        Raises:
            TypeError, ValueError: for queries as for the vectors of `add`, and a k below 1.
            ImportError: for "hnsw" without usearch.

        Example:
            >>> gallery = Gallery.create([[0.0], [3.0]], labels=["a", "b"])
            >>> found = gallery.search([[1.0]], k=5)
            >>> found.labels.tolist(), found.distances.tolist()
            ([['a', 'b']], [[1.0, 2.0]])
        """
        k, index = whole_number("k", k, 1), one_of("index", index, INDEXES)
        array = self._vectors("queries", queries, model)
        items = self._items
        shape = len(array), min(k, len(items))
        distances, found = np.empty(shape), np.empty(shape, np.int64)
        if len(items):
            distances, found = self._nearest(items, index)(self._compared(array), k=shape[1])
        return Neighbors(
            ids=items.id_objects[found],
            labels=items.label_objects[found],
            distances=self._measured(distances),
            items=found,
            metric=self._metric,
            threshold=self.threshold,
        )

    def match(self, queries: Any, *, index: str = "exact", model: str | None = None) -> Matches:
        """Name each query after its nearest item, or None, "none of these", if that is beyond the threshold.

        Args:
            queries: real [queries, dim].
            index: as of `search`.
            model: which model made the queries; by default it is not checked.

        Returns:
            `Matches`: `labels` (None for "none of these"), `nearest`, `distances`, and who else is near: `runners_up`,
            `runner_up_distances`, [queries] each.

        Raises:
            TypeError, ValueError: for queries as for the vectors of `add`, a gallery without a threshold, or items
                without a label.

        Example:
            >>> gallery = Gallery.create([[0.0], [3.0]], labels=["a", 7], threshold=1.5)
            >>> found = gallery.match([[1.0], [4.0], [9.0]])
            >>> found.labels.tolist(), found.distances.tolist()
            (['a', 7, None], [1.0, 1.0, 6.0])
        """
        threshold, items, index = self.threshold, self._items, one_of("index", index, INDEXES)
        if threshold is None:
            raise ValueError(
                "Expected a gallery with a threshold. Received: none. Set `gallery.threshold` to a distance, or to "
                "what semihard.evaluation.calibrate_identification finds."
            )
        if items.unlabeled:
            raise ValueError(
                f"Expected a label for each item. Received: {items.unlabeled} of {len(items)} without. "
                "Use `search`, or add them again with labels."
            )
        array = self._vectors("queries", queries, model)
        if not len(items):
            nobody = np.full(len(array), None, object)
            beyond = np.full(len(array), np.inf)
            return Matches(nobody, nobody.copy(), beyond, nobody.copy(), beyond.copy())
        labels = items.label_objects
        nearest = self._nearest(items, index)
        found = find_matches(self._compared(array), self._searched(items), labels, items.codes, math.inf, nearest)
        distances = self._measured(found.distances)
        names = found.nearest.copy()
        names[distances > threshold] = None
        farther = self._measured(found.runner_up_distances)
        return found._replace(labels=names, distances=distances, runner_up_distances=farther)

    def save(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write a new version of the gallery into its directory: whole, or not at all.

        The version that it was made from stays beside it; older ones go. Several processes may read meanwhile. One at a
        time writes, and none over what another has saved since.

        Args:
            path: of the directory; by default where it was opened or saved last.

        Returns:
            The path.

        Raises:
            BlockingIOError: another process is writing into it.
            OSError: it cannot be written to, or the disk is full. What was there before is as it was.
            ImportError: its index is to be built again, and usearch is not installed; see `drop_index`.
            ValueError: there is no path, another gallery is there, or a version that was saved since.

        Example:
            >>> import tempfile
            >>> gallery = Gallery.create([[0.0]], ["a"])
            >>> path = gallery.save(tempfile.mkdtemp())
            >>> _ = gallery.add([[1.0]], ["b"])
            >>> _ = gallery.save()
            >>> gallery.version, len(Gallery.open(path)), len(Gallery.open(path, version=1))
            (2, 2, 1)
        """
        place = self._path if path is None else Path(path)
        if place is None:
            raise ValueError("Expected a `path` for a gallery that was never saved. Received: none. Name a directory.")
        index = self._index_of(self._items) if self._hnsw is not None and len(self) else None
        header = {
            "items": len(self),
            "dim": self._dim,
            "metric": self._metric,
            "model": self._model,
            "threshold": self._threshold._asdict() if self._threshold else None,
            "next_id": self._next_id,
            "index": index.about._asdict() if index and index.about else None,
        }
        items = {"ids": self._items.ids, "labels": self._items.labels, "metadata": self._items.metadata}
        content = Content(header, items, self._items.vectors, index.write if index else None)
        self._saved = write_version(place, content, self._saved)
        self._path = place
        if index is not None:
            index.path = index_of(place, self._saved)  # the version that it came from may go
        return place

    def __str__(self) -> str:
        found = self._threshold
        parts = [
            f"{len(self):,} items of {self.classes:,} labels",
            f"{self._dim or 'no'} dimensions",
            self._metric,
            f"threshold {found.value:.6g} ({found.criterion})" if found else "no threshold",
            *([f"model {self._model}"] if self._model else []),
            *([str(self.index)] if self.index else []),
        ]
        return ". ".join([", ".join(parts), *([self.note] if self.note else [])])

    def _vectors(self, name: str, given: Any, model: str | None) -> NDArray[Any]:
        if _model_name(model) is not None and self._model is not None and model != self._model:
            raise ValueError(
                f"Expected vectors of the gallery's model, {self._model}. Received: model={model!r}. Distances between "
                "vectors of two models say nothing: embed everything with one of them."
            )
        array = checked_embeddings(name, given)
        if self._dim is not None and array.shape[1] != self._dim:
            raise ValueError(
                f"Expected `{name}` to be [n, {self._dim}], as the gallery's vectors. Received: shape {array.shape}. "
                "Use the model that the gallery was made with."
            )
        if self._metric == "cosine_distance":
            unit_vectors(name, array)
        return array

    def _check_threshold(self, threshold: Threshold | None, dim: int | None) -> None:
        if threshold and threshold.dim is not None and dim is not None and threshold.dim != dim:
            raise ValueError(
                f"Expected a threshold for vectors of {dim} dimensions. Received: one that was calibrated on "
                f"{threshold.dim}. Calibrate with the gallery's model."
            )

    def _compared(self, array: NDArray[Any]) -> NDArray[Any]:
        return array if self._metric == "euclidean" else unit_vectors("vectors", array)

    def _searched(self, items: Items) -> PreparedGallery:
        return items.as_they_are if self._metric == "euclidean" else items.as_directions

    def _nearest(self, items: Items, index: str) -> Callable[..., tuple[NDArray[np.float64], NDArray[np.int64]]]:
        """What finds the k nearest items of queries."""
        if index == "exact":
            return partial(nearest_neighbors, gallery=self._searched(items))
        return self._index_of(items).nearest

    def _index_of(self, items: Items) -> Hnsw:
        """The approximate index of these items, built if there is none."""
        kept, gallery = self._hnsw, self._searched(items)
        if kept is None or kept.gallery is not gallery:
            self._hnsw = kept = Hnsw.build(gallery)
        return kept

    def _measured(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Euclidean distances in the gallery's metric: of directions, |a − b|² = 2 − 2 cos."""
        return distances if self._metric == "euclidean" else distances**2 / 2


def _model_name(model: Any) -> str | None:
    if model is not None and not isinstance(model, str):
        raise TypeError(f"Expected `model` to be a text, such as a hash. Received: {type(model).__name__}.")
    return model

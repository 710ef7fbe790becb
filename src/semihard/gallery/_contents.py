"""What a gallery holds: embeddings of one model with their labels, which come and go together or not at all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import one_of
from semihard.gallery._columns import Id, check_known, kept_ids, kept_labels, kept_metadata, listed_ids
from semihard.gallery._comparable import METRICS, checked_vectors, model_name
from semihard.gallery._items import Items
from semihard.gallery._searchable import Searchable
from semihard.gallery._threshold import Threshold
from semihard.gallery._view import Facts


class Contents(Searchable):
    """Items of a gallery. What adds or removes makes others, and puts them in the place of these in one step."""

    def __init__(self, metric: str, model: str | None) -> None:
        self._metric = one_of("metric", metric, METRICS)
        self._model = model_name(model)
        self._dim: int | None = None
        self._threshold: Threshold | None = None
        self._items = Items(np.empty((0, 0)), [], [], {})
        self._next_id = 0

    def __len__(self) -> int:
        return len(self._items)

    def _facts(self) -> Facts:
        return Facts(self._metric, self._model, self._dim, self._threshold)

    def _keep_threshold(self, given: Threshold | None) -> None:
        self._threshold = given

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
        """What else is known of each item: name → [items]; None where nothing is.

        Set it to columns of all items, as those of `add`: they take the place of those before.
        """
        return {name: list(column) for name, column in self._items.metadata.items()}

    @metadata.setter
    def metadata(self, columns: Any) -> None:
        self._items = self._items.described(kept_metadata(columns, len(self)))

    @property
    def vectors(self) -> NDArray[Any]:
        """Real [items, dim], as they were added; they cannot be written to."""
        return self._items.vectors

    def metadata_of(self, ids: Any) -> dict[str, list[Any]]:
        """What else is known of the items with these ids: name → [ids]; None where nothing is.

        Args:
            ids: [n], each of an item, such as a row of what `search` found.

        Raises:
            TypeError, ValueError: as `remove`.

        Example:
            >>> from semihard.gallery import Gallery
            >>> gallery = Gallery.create([[0.0], [1.0]], ids=["a", "b"], metadata={"file": ["a.png", "b.png"]})
            >>> gallery.metadata_of(["b", "a"])
            {'file': ['b.png', 'a.png']}
        """
        items, wanted = self._items, listed_ids(ids)
        check_known(wanted, items.place_of)
        return {name: [column[items.place_of[key]] for key in wanted] for name, column in items.metadata.items()}

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
            >>> from semihard.gallery import Gallery
            >>> gallery = Gallery.create()
            >>> gallery.add([[0.0], [1.0]], labels=[3, "three"], metadata={"file": ["a.png", "b.png"]})
            [0, 1]
            >>> gallery.metadata
            {'file': ['a.png', 'b.png']}
        """
        array = checked_vectors("vectors", vectors, model, self._facts())
        if self._threshold is not None:
            self._threshold.check_dim(array.shape[1])
        count = len(array)
        names = [None] * count if labels is None else kept_labels("labels", labels, count)
        keys = kept_ids(ids, count, self._items.place_of, self._next_id)
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
            >>> from semihard.gallery import Gallery
            >>> gallery = Gallery.create([[0.0], [1.0]], ids=["a", "b"])
            >>> gallery.remove(["a"])
            >>> gallery.ids
            ['b']
        """
        gone = listed_ids(ids)
        check_known(gone, self._items.place_of)
        self._items = self._items.without(set(gone))

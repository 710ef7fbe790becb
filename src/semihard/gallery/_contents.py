"""What a gallery holds: embeddings of one model with their labels, which come and go together or not at all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import one_of
from semihard._core.embeddings import checked_embeddings, unit_vectors
from semihard.gallery._columns import Id, kept_ids, kept_labels, kept_metadata, listed_ids
from semihard.gallery._items import Items
from semihard.gallery._threshold import Threshold

METRICS = ("euclidean", "cosine_distance")


class Contents:
    """Items of a gallery. What adds or removes makes others, and puts them in the place of these in one step."""

    def __init__(self, metric: str, model: str | None) -> None:
        self._metric = one_of("metric", metric, METRICS)
        self._model = _model_name(model)
        self._dim: int | None = None
        self._threshold: Threshold | None = None
        self._items = Items(np.empty((0, 0)), [], [], {})
        self._next_id = 0

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

    @property
    def metric(self) -> str:
        """How distances are measured: "euclidean" or "cosine_distance"."""
        return self._metric

    @property
    def model(self) -> str | None:
        """Which model makes the vectors, as the caller named it."""
        return self._model

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
        array = self._vectors("vectors", vectors, model)
        if self._threshold is not None:
            self._threshold.check_dim(array.shape[1])
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
            >>> from semihard.gallery import Gallery
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


def _model_name(model: Any) -> str | None:
    if model is not None and not isinstance(model, str):
        raise TypeError(f"Expected `model` to be a text, such as a hash. Received: {type(model).__name__}.")
    return model

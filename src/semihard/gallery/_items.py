"""The items of a gallery: vectors and what stands beside them. Adding and removing makes new ones."""

import copy
from collections.abc import Collection
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.embeddings import unit_vectors
from semihard.evaluation.search import PreparedGallery
from semihard.gallery._chosen import Chosen
from semihard.gallery._columns import Id


class Items:
    """Items of a gallery, in the order in which they were added; they do not change.

    Args:
        vectors: real [items, dim].
        ids: [items], each once.
        labels: [items]; None for an item without one.
        metadata: name → [items]; None for an empty cell.
    """

    def __init__(self, vectors: NDArray[Any], ids: list[Id], labels: list[Any], metadata: dict[str, list[Any]]) -> None:
        self.vectors, self.ids, self.labels, self.metadata = vectors, ids, labels, metadata
        vectors.flags.writeable = False

    def __len__(self) -> int:
        return len(self.ids)

    def plus(self, more: "Items") -> "Items":
        """Return these items and, after them, more; a column that one side lacks is None there."""
        names = dict.fromkeys([*self.metadata, *more.metadata])
        return Items(
            np.concatenate([self.vectors, more.vectors]) if len(self) else more.vectors,
            self.ids + more.ids,
            self.labels + more.labels,
            {name: self._column(name) + more._column(name) for name in names},
        )

    def without(self, ids: Collection[Id]) -> "Items":
        """Return the items but those with these ids, in their order."""
        left = [place for place, name in enumerate(self.ids) if name not in ids]
        return Items(
            self.vectors[left],
            [self.ids[place] for place in left],
            [self.labels[place] for place in left],
            {name: [column[place] for place in left] for name, column in self.metadata.items()},
        )

    def described(self, metadata: dict[str, list[Any]]) -> "Items":
        """Return these items with other metadata; what was prepared for a search stays."""
        found = copy.copy(self)
        found.metadata = metadata
        return found

    def _column(self, name: str) -> list[Any]:
        return self.metadata.get(name, [None] * len(self))

    @cached_property
    def as_they_are(self) -> PreparedGallery:
        """The vectors, to be searched by Euclidean distance."""
        return PreparedGallery(self.vectors)

    @cached_property
    def as_directions(self) -> PreparedGallery:
        """The vectors divided by their lengths."""
        return PreparedGallery(unit_vectors("vectors", self.vectors))

    @cached_property
    def id_objects(self) -> NDArray[np.object_]:
        """The ids as an array [items]."""
        return _objects(self.ids)

    @cached_property
    def label_objects(self) -> NDArray[np.object_]:
        """The labels as an array [items]."""
        return _objects(self.labels)

    @cached_property
    def place_of(self) -> dict[Id, int]:
        """The place of each id."""
        return {name: place for place, name in enumerate(self.ids)}

    def places(self, chosen: Chosen) -> NDArray[np.int64]:
        """Where the chosen items are, ascending."""
        names = [name for name, _ in chosen.where]
        rows = ({name: self.metadata[name][place] for name in names} for place in range(len(self)))
        found = zip(self.ids, self.labels, rows, strict=True)
        return np.flatnonzero([chosen.takes(key, label, row) for key, label, row in found])

    @cached_property
    def unlabeled(self) -> int:
        """How many items have no label."""
        return sum(label is None for label in self.labels)

    @cached_property
    def classes(self) -> int:
        """How many labels there are."""
        return len({label for label in self.labels if label is not None})

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """int64 [items], equal for equal labels."""
        numbers = {label: number for number, label in enumerate(dict.fromkeys(self.labels))}
        return np.fromiter((numbers[label] for label in self.labels), np.int64, len(self))


def _objects(values: list[Any]) -> NDArray[np.object_]:
    """A list as an array [n] of the same objects."""
    array = np.empty(len(values), object)
    array[:] = values
    return array

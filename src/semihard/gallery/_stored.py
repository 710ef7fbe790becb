"""A gallery whose items are in a store, on the disk or a server: what does not fit into memory."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.gallery._chosen import ALL
from semihard.gallery._columns import Id, check_known, kept_ids, kept_labels, kept_metadata, listed_ids
from semihard.gallery._comparable import checked_vectors
from semihard.gallery._index_recall import IndexRecall
from semihard.gallery._rows import NewRows, Rows, Writer
from semihard.gallery._searchable import Searchable
from semihard.gallery._stored_view import StoredView
from semihard.gallery._threshold import Threshold
from semihard.gallery._view import Facts, View


class Stored(Searchable):
    """Items of a store. What is added, removed or set is kept at once, all of it or nothing."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Rows]:
        """The rows at this moment."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Writer]:
        """The rows while nobody else writes."""

    @abstractmethod
    def compact(self) -> None:
        """Give back the room of what was removed, and let the index take in what was added."""

    @contextmanager
    def _view(self) -> Iterator[View]:
        with self._reading() as rows:
            yield StoredView(rows)

    def _facts(self) -> Facts:
        with self._reading() as rows:
            return rows.header.facts

    def _keep_threshold(self, given: Threshold | None) -> None:
        with self._writing() as rows:
            rows.keep(replace(rows.header, facts=rows.header.facts._replace(threshold=given)))

    def __len__(self) -> int:
        with self._reading() as rows:
            return len(rows)

    @property
    def ids(self) -> list[Id]:
        """The id of each item, in the order of the items; all are read."""
        return self._all()[0]

    @property
    def labels(self) -> list[Any]:
        """The label of each item, None where it has none; all are read."""
        return self._all()[1]

    @property
    def metadata(self) -> dict[str, list[Any]]:
        """What else is known of each item: name → [items], None where nothing is; all is read."""
        return self._all()[2]

    @property
    def vectors(self) -> NDArray[Any]:
        """Real [items, dim], all at once: for as many as fit into memory."""
        with self._reading() as rows:
            blocks = list(rows.scan(ALL))
            if not blocks:
                return np.empty((0, rows.header.facts.dim or 0), np.float32)
        order = np.argsort(np.concatenate([items for items, _ in blocks]))
        return np.concatenate([vectors for _, vectors in blocks])[order]

    @property
    def classes(self) -> int:
        """How many labels there are; all are read."""
        with self._reading() as rows:
            return rows.classes

    def metadata_of(self, ids: Any) -> dict[str, list[Any]]:
        """What else is known of the items with these ids: name → [ids]; None where nothing is.

        Args:
            ids: [n], each of an item, such as a row of what `search` found.

        Raises:
            TypeError, ValueError: as `remove`.
        """
        wanted = listed_ids(ids)
        with self._reading() as rows:
            keys, _, columns = rows.metadata(wanted)
        place_of = {key: place for place, key in enumerate(keys)}
        check_known(wanted, place_of)
        return {name: [column[place_of[key]] for key in wanted] for name, column in columns.items()}

    def add(
        self,
        vectors: Any,
        labels: Any = None,
        ids: Any = None,
        metadata: Any = None,
        *,
        model: str | None = None,
    ) -> list[Id]:
        """Add items behind those that are there, and keep them: all of them, or after an error none.

        Add tens of thousands at once, in as many calls as it takes.

        Args:
            vectors: real [n, dim], finite, and as float32 holds them.
            labels, ids, metadata, model: as of `Gallery.add`.

        Returns:
            The ids [n].

        Raises:
            TypeError, ValueError: as `Gallery.add`, and for numbers that float32 would round.
        """
        with self._writing() as rows:
            header = rows.header
            array = _as_float32(checked_vectors("vectors", vectors, model, header.facts))
            if header.facts.threshold is not None:
                header.facts.threshold.check_dim(array.shape[1])
            count = len(array)
            names = [None] * count if labels is None else kept_labels("labels", labels, count)
            given = None if ids is None else kept_ids(ids, count, (), 0)
            held = set(rows.metadata(given)[0]) if given else set()
            keys = kept_ids(given, count, held, header.next_id)
            cells = kept_metadata(metadata, count)
            numbers = [key + 1 for key in keys if isinstance(key, int)]
            facts = header.facts._replace(dim=array.shape[1])
            if model is not None and not len(rows):
                facts = facts._replace(model=model)
            new = replace(
                header,
                facts=facts,
                columns=tuple(dict.fromkeys([*header.columns, *cells])),
                next_item=header.next_item + count,
                next_id=max([header.next_id, *numbers]),
                items=header.items + count,
                unlabeled=header.unlabeled + sum(label is None for label in names),
            )
            items = np.arange(header.next_item, header.next_item + count)
            rows.insert(NewRows(items, array, keys, names, cells), new)
        return list(keys)

    def remove(self, ids: Any) -> None:
        """Remove the items with these ids: all of them, or after an error none.

        Args:
            ids: [n], each of an item.

        Raises:
            TypeError: for one id that is not in a list, or one of another type.
            ValueError: for an id that is not there.
        """
        gone = list(dict.fromkeys(listed_ids(ids)))
        with self._writing() as rows:
            keys, labels, _ = rows.metadata(gone)
            check_known(gone, set(keys))
            if not gone:
                return
            header = rows.header
            without = sum(label is None for label in labels)
            new = replace(header, items=header.items - len(gone), unlabeled=header.unlabeled - without)
            rows.delete(gone, new)

    @property
    def index(self) -> IndexRecall | None:
        """What the approximate index is worth; None where there is none."""
        with self._reading() as rows:
            found, count = rows.header.index, len(rows)
        return found if found is None or found.items == count else found._replace(items=count, built_of=found.items)

    def build_index(self) -> IndexRecall:
        """Build an approximate index, for `search` and `match` with index="ann"; anew where there is one.

        Items that are added are found at once, and come into the index then or by `compact`. A million take minutes.

        Returns:
            What it is worth: the share of the 10 nearest that it finds of 256 items that are not among its candidates.

        Raises:
            ValueError: there are no items, or too many dimensions for the store's index.
        """
        with self._writing() as rows:
            if not len(rows):
                raise ValueError("Expected items to index. Received: an empty gallery. Add them first.")
            kind = rows.build()
            recall, k, queries = StoredView(rows).recall()
            found = IndexRecall(recall, k, queries, len(rows), None, kind)
            rows.keep(replace(rows.header, index=found))
        return found

    def drop_index(self) -> None:
        """Remove the approximate index."""
        with self._writing() as rows:
            rows.keep(replace(rows.header, index=None))
            rows.drop()

    def _all(self) -> tuple[list[Id], list[Any], dict[str, list[Any]]]:
        with self._reading() as rows:
            return rows.metadata(None)

    def __str__(self) -> str:
        return self._described(*([str(self.index)] if self.index else []))


def _as_float32(array: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        found = array.astype(np.float32)
    changed = np.flatnonzero((found != array).any(axis=1))
    if len(changed):
        raise ValueError(
            f"Expected `vectors` that float32 holds as they are, as the store keeps them. Received: {array.dtype} with "
            f"numbers that it would round, first in row {int(changed[0])}. Cast them: vectors.astype('float32')."
        )
    return found

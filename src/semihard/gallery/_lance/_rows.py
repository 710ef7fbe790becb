"""The rows of a Lance table, by LanceDB."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.gallery._chosen import Chosen
from semihard.gallery._columns import Id
from semihard.gallery._header import Header
from semihard.gallery._lance._layout import Layout
from semihard.gallery._rows import BLOCK

# Items whose cells are asked for at a time.
_AT_ONCE = 10_000
_ROW = "_rowid"
# Cells of the index that a search looks into; Lance makes one of some thousand items.
_PROBES = 50


class LanceRows:
    """`Rows` of a version of a table, which no writer changes.

    Args:
        table: of LanceDB, at a version; None for a gallery without items.
        header: of the gallery.
        layout: of the table.
    """

    def __init__(self, table: Any, header: Header, layout: Layout) -> None:
        self.table, self.header, self.layout = table, header, layout

    def __len__(self) -> int:
        return 0 if self.table is None else int(self.table.count_rows())

    @cached_property
    def unlabeled(self) -> int:
        condition = self.layout.unlabeled()
        if self.table is None or condition is None:
            return len(self)
        return int(self.table.count_rows(condition))

    @cached_property
    def several(self) -> bool:
        first = [label for batch in self._read(None, limit=1) for label in self._cells(batch)[1]]
        if not first:
            return False
        others = self.layout.condition(Chosen(but_labels=frozenset(first)))
        return any(batch.num_rows for batch in self._read(others, limit=1))

    @property
    def classes(self) -> int:
        return len({label for batch in self._read(None) for label in self._cells(batch)[1]} - {None})

    def scan(self, chosen: Chosen) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
        """As of `Rows`."""
        at_once = max(1, BLOCK // (self.header.facts.dim or 1))
        waiting: list[tuple[NDArray[np.int64], NDArray[Any]]] = []
        for batch in self._read(self.layout.condition(chosen), [self.layout.vector], batch_size=at_once):
            waiting.append((self._items(batch), self._vectors(batch)))
            if sum(len(items) for items, _ in waiting) >= at_once:  # what was added one by one comes in small batches
                yield _ascending(waiting)
                waiting = []
        if waiting:
            yield _ascending(waiting)

    def candidates(
        self, queries: NDArray[np.float32], count: int, chosen: Chosen
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]:
        """As of `Rows`."""
        layout, condition = self.layout, self.layout.condition(chosen)
        # A single query comes back without the number of its query.
        search = self.table.search(queries if len(queries) > 1 else queries[0], vector_column_name=layout.vector)
        search = search.distance_type(distance_type(self.header.facts.metric)).limit(count).nprobes(_PROBES)
        if condition is not None:
            search = search.where(condition, prefilter=True)
        found = self._selected(search, [layout.vector, "_distance"]).to_arrow()
        rows = found["query_index"].to_numpy() if len(queries) > 1 else np.zeros(found.num_rows, np.int64)
        return rows.astype(np.int64), self._items(found), self._vectors(found)

    def named(self, items: NDArray[np.int64]) -> dict[int, tuple[Id, Any]]:
        """As of `Rows`."""
        found: dict[int, tuple[Id, Any]] = {}
        for start in range(0, len(items), _AT_ONCE):
            condition = f"{self.layout.item} IN ({', '.join(map(str, items[start : start + _AT_ONCE].tolist()))})"
            for batch in self._read(condition):
                ids, labels, _ = self._cells(batch)
                found |= dict(zip(self._items(batch).tolist(), zip(ids, labels, strict=True), strict=True))
        return found

    def metadata(self, ids: list[Id] | None) -> tuple[list[Id], list[Any], dict[str, list[Any]]]:
        """As of `Rows`."""
        layout, names = self.layout, self.header.columns
        pieces = [None] if ids is None else [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
        order: list[int] = []
        keys: list[Id] = []
        labels: list[Any] = []
        columns: dict[str, list[Any]] = {name: [] for name in names}
        for piece in pieces:
            condition = None if piece is None else layout.of_ids(piece)
            for batch in self._read(condition, layout.named + layout.described):
                some, of, cells = self._cells(batch)
                order += self._items(batch).tolist()
                keys += some
                labels += of
                for name in names:
                    columns[name] += cells[name]
        places = sorted(range(len(order)), key=order.__getitem__)
        sorts = {name: [column[place] for place in places] for name, column in columns.items()}
        return [keys[place] for place in places], [labels[place] for place in places], sorts

    def judges(self, most: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """As of `Rows`."""
        offsets = np.sort(np.random.default_rng(0).choice(len(self), most, replace=False)).tolist()
        found = self._selected(self.table.take_offsets(offsets), [self.layout.vector]).to_arrow()
        return self._items(found), self._vectors(found)

    def _read(
        self, condition: str | None, columns: list[str] | None = None, batch_size: int = 2**14, limit: int | None = None
    ) -> Iterator[Any]:
        """Batches of columns, by default those of ids and labels."""
        if self.table is None:
            return
        search = self._selected(self.table.search(), self.layout.named if columns is None else columns)
        search = search if condition is None else search.where(condition)
        search = search if limit is None else search.limit(limit)
        yield from (batch for batch in search.to_batches(batch_size) if batch.num_rows)

    def _selected(self, search: Any, columns: list[str]) -> Any:
        item = self.layout.item
        if item != _ROW:
            return search.select([item, *columns])
        search = search.select(columns)
        try:
            return search.with_row_id(True)
        except TypeError:  # of what takes offsets
            return search.with_row_id()

    def _items(self, found: Any) -> NDArray[np.int64]:
        return np.asarray(found[self.layout.item].to_numpy(zero_copy_only=False)).astype(np.int64)  # of a table, too

    def _vectors(self, found: Any) -> NDArray[Any]:
        column = found[self.layout.vector]
        column = column.combine_chunks() if hasattr(column, "combine_chunks") else column
        if column.null_count:
            raise ValueError("Expected a vector in each row of the Lance table. Received: rows without one. Drop them.")
        flat = column.flatten().to_numpy(zero_copy_only=False)
        return flat.reshape(len(column), column.type.list_size)

    def _cells(self, batch: Any) -> tuple[list[Any], list[Any], dict[str, list[Any]]]:
        return self.layout.cells(batch.to_pydict(), self.header.columns)


def distance_type(metric: str) -> str:
    """What Lance calls a metric.

    Example:
        >>> distance_type("cosine_distance")
        'cosine'
    """
    return "l2" if metric == "euclidean" else "cosine"


def _ascending(blocks: list[tuple[NDArray[np.int64], NDArray[Any]]]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    items = np.concatenate([items for items, _ in blocks])
    vectors = np.concatenate([vectors for _, vectors in blocks])
    order = np.argsort(items)
    return (items, vectors) if (np.diff(items) > 0).all() else (items[order], vectors[order])

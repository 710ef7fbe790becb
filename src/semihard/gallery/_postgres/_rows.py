"""The rows of a table of PostgreSQL, with vectors of pgvector."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.gallery._cells import cells, pair_spellings, read, spellings
from semihard.gallery._chosen import Chosen
from semihard.gallery._columns import Id
from semihard.gallery._header import Header
from semihard.gallery._rows import BLOCK

# Bytes before the first row of a binary COPY.
_BEFORE = 19
# Queries in one statement.
_AT_ONCE = 256
_OPERATORS = {"euclidean": "<->", "cosine_distance": "<=>"}
# What the index keeps in view of a query, at least and at most; and how far it goes on, until a filter has let enough
# through. Without `strict_order` a filter leaves less than was asked for.
_IN_VIEW, _MOST = 100, 1000
_SETTINGS = {"iterative_scan": "strict_order", "max_scan_tuples": 2**31 - 1, "scan_mem_multiplier": 32}
_CANDIDATES = """
SELECT query.row, near.item, near.spared, vector_send(near.vector)
FROM unnest({rows}::bigint[], {texts}::text[]) AS query(row, text) CROSS JOIN LATERAL (
    (SELECT item, vector, false AS spared FROM {table} WHERE chance >= {spared} AND {chosen}
    ORDER BY vector {operator} query.text::vector LIMIT {count})
    UNION ALL
    (SELECT item, vector, true AS spared FROM {table} WHERE chance < {spared} AND {chosen}
    ORDER BY vector {operator} query.text::vector LIMIT {count})
) AS near
"""


class PgRows:
    """`Rows` of a table, within a transaction.

    Args:
        connection: of psycopg, in a transaction.
        table: its name, as an identifier of psycopg's.
        header: of the gallery.
    """

    def __init__(self, connection: Any, table: Any, header: Header) -> None:
        self.connection, self.table, self.header = connection, table, header

    def __len__(self) -> int:
        return self.header.items

    @property
    def unlabeled(self) -> int:
        return self.header.unlabeled

    @cached_property
    def several(self) -> bool:
        first = self._select("SELECT label FROM {table} LIMIT 1")
        if not first:
            return False
        others = Chosen(but_labels=frozenset(read(label) for (label,) in first))
        return bool(self._select("SELECT 1 FROM {table} WHERE {chosen} LIMIT 1", chosen=_condition(others)))

    @property
    def classes(self) -> int:
        found = self._select("SELECT DISTINCT label FROM {table} WHERE label IS NOT NULL")
        return len({read(label) for (label,) in found})  # 1 and 1.0 are one

    def scan(self, chosen: Chosen) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
        """As of `Rows`."""
        from psycopg import sql

        if not len(self):
            return
        row = _row_of(self.header.facts.dim)
        text = "COPY (SELECT item, vector FROM {table} WHERE {chosen}) TO STDOUT (FORMAT BINARY)"
        statement = sql.SQL(text).format(table=self.table, chosen=_condition(chosen))
        waiting, size, skipped = [], 0, _BEFORE
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for piece in copy:
                waiting.append(bytes(piece))
                size += len(piece)
                if size >= max(4 * BLOCK, row.itemsize + skipped):
                    whole = b"".join(waiting)
                    rows = (len(whole) - skipped) // row.itemsize
                    yield _parsed(whole, row, rows, skipped)
                    waiting = [whole[skipped + rows * row.itemsize :]]
                    size, skipped = len(waiting[0]), 0
        whole = b"".join(waiting)
        rows = (len(whole) - skipped) // row.itemsize  # what follows the last row is shorter than one
        if rows > 0:
            yield _parsed(whole, row, rows, skipped)

    def candidates(
        self, queries: NDArray[np.float32], count: int, chosen: Chosen
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]:
        """As of `Rows`. What is spared is not in the index, and compared with each query."""
        from psycopg import sql

        for name, value in {**_SETTINGS, "ef_search": min(max(_IN_VIEW, count), _MOST)}.items():
            self.connection.execute("SELECT set_config(%s, %s, true)", (f"hnsw.{name}", str(value)))
        found: list[tuple[int, int, bool, bytes]] = []
        for start in range(0, len(queries), _AT_ONCE):
            some = queries[start : start + _AT_ONCE]
            found += self._select(
                _CANDIDATES,
                rows=list(range(start, start + len(some))),
                texts=[str(one.tolist()) for one in some],
                chosen=_condition(chosen),
                count=count,
                spared=self.header.spared,
                operator=sql.SQL(_OPERATORS[self.header.facts.metric]),
            )
        rows = np.array([row for row, _, _, _ in found], np.int64)
        items = np.array([item for _, item, _, _ in found], np.int64)
        spared = np.array([left for _, _, left, _ in found], np.bool_)
        # Where the index has found too few, those that are spared must not hide that.
        kept = ~spared | (np.bincount(rows[~spared], minlength=len(queries)) >= count)[rows]
        return rows[kept], items[kept], self._vectors(sent for _, _, _, sent in found)[kept]

    def named(self, items: NDArray[np.int64]) -> dict[int, tuple[Id, Any]]:
        """As of `Rows`."""
        found = self._select("SELECT item, id, label FROM {table} WHERE item = ANY({items})", items=items.tolist())
        return {item: (read(key), read(label)) for item, key, label in found}

    def metadata(self, ids: list[Id] | None) -> tuple[list[Id], list[Any], dict[str, list[Any]]]:
        """As of `Rows`."""
        if ids is None:
            found = self._select("SELECT id, label, metadata FROM {table} ORDER BY item")
        else:
            text = "SELECT id, label, metadata FROM {table} WHERE id = ANY({ids}) ORDER BY item"
            found = self._select(text, ids=spellings(ids))
        keys, labels = [read(key) for key, _, _ in found], [read(label) for _, label, _ in found]
        return keys, labels, cells((texts for _, _, texts in found), self.header.columns)

    def judges(self, most: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """As of `Rows`: those that are spared."""
        text = (
            "SELECT item, vector_send(vector) FROM {table} WHERE chance < {spared} ORDER BY chance, item LIMIT {most}"
        )
        found = self._select(text, spared=self.header.spared, most=most)
        return np.array([item for item, _ in found], np.int64), self._vectors(sent for _, sent in found)

    def _select(self, text: str, /, **given: Any) -> list[Any]:
        """The rows that a statement gives; what is given is quoted, unless it is SQL."""
        from psycopg import sql

        parts = {name: one if isinstance(one, sql.Composable) else sql.Literal(one) for name, one in given.items()}
        statement = sql.SQL(text).format(table=self.table, **parts)
        found: list[Any] = self.connection.execute(statement, binary=True).fetchall()
        return found

    def _vectors(self, sent: Iterator[bytes]) -> NDArray[np.float32]:
        """What `vector_send` gives: two short numbers, and the vector."""
        dim = self.header.facts.dim
        found = np.frombuffer(b"".join(sent), np.dtype([("", ">i4"), ("vector", ">f4", (dim,))]))
        return found["vector"].astype(np.float32)


def _condition(chosen: Chosen) -> Any:
    """The chosen items, in SQL."""
    from psycopg import sql

    parts: list[tuple[str, Any]] = []
    if chosen.labels is not None:
        parts.append(("label = ANY({})", spellings(chosen.labels)))
    for name, values in chosen.where:
        parts.append(("metadata && {}::text[]", pair_spellings(name, values)))
    if chosen.but_labels:
        parts.append(("label IS NOT NULL AND label <> ALL({})", spellings(chosen.but_labels)))
    if chosen.exclude:
        parts.append(("id <> ALL({})", spellings(chosen.exclude)))
    if chosen.but_items:
        parts.append(("item <> ALL({})", sorted(chosen.but_items)))
    parts = parts or [("{}", True)]
    return sql.SQL(" AND ").join([sql.SQL(text).format(sql.Literal(value)) for text, value in parts])


def _row_of(dim: int | None) -> np.dtype[Any]:
    """A row of a binary COPY: how many columns, and of each its size and value; a vector begins with its dimensions."""
    vector = [("size", ">i4"), ("dim", ">i2"), ("unused", ">i2"), ("vector", ">f4", (dim,))]
    return np.dtype([("columns", ">i2"), ("bytes", ">i4"), ("item", ">i8"), *vector])


def _parsed(whole: bytes, row: Any, rows: int, skipped: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
    found = np.frombuffer(whole, row, rows, skipped)
    order = np.argsort(found["item"])
    return found["item"].astype(np.int64)[order], found["vector"].astype(np.float32)[order]

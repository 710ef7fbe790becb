"""Writing to a table of PostgreSQL: all of it is there when the transaction ends, or nothing."""

import json
from dataclasses import replace
from typing import Any

import numpy as np

from semihard.gallery._cells import pairs, spellings, written
from semihard.gallery._columns import Id
from semihard.gallery._header import Header
from semihard.gallery._postgres._rows import PgRows
from semihard.gallery._rows import NewRows
from semihard.gallery._stored_view import JUDGES

FORMAT, VERSION = "semihard pg gallery", 1
_OPERATORS = {"euclidean": "vector_l2_ops", "cosine_distance": "vector_cosine_ops"}
# Chances are below this.
_CHANCES = 2**31 - 1
# What pgvector's index, and PostgreSQL's of texts, can hold.
_MOST_DIMS, _MOST_BYTES = 2000, 2000


class PgWriter(PgRows):
    """`Writer` of a table that the transaction has locked against other writers."""

    def keep(self, header: Header) -> None:
        """As of `Writer`: the comment of the table holds the header, so that it goes where the table goes."""
        self._do("COMMENT ON TABLE {table} IS {text}", text=comment_of(header))
        self.header = header

    def insert(self, rows: NewRows, header: Header) -> None:
        """As of `Writer`."""
        from psycopg import sql

        ids, labels = list(map(written, rows.ids)), list(map(written, rows.labels))
        for name, texts in (("ids", ids), ("labels", labels)):
            long = [text for text in texts if text and len(text) > _MOST_BYTES]
            if long:
                raise ValueError(
                    f"Expected `{name}` of up to {_MOST_BYTES:,} characters, which the server can index. "
                    f"Received: one of {len(long[0]):,}. Keep it in the metadata."
                )
        if self.header.facts.dim is None:
            self._do("ALTER TABLE {table} ALTER vector TYPE vector({dim})", dim=header.facts.dim)
        chances = np.random.default_rng(int(rows.items[0])).integers(_CHANCES, size=len(ids)).tolist()
        described = pairs(rows.metadata, len(ids))
        statement = "COPY {table} (item, chance, id, label, metadata, vector) FROM STDIN (FORMAT BINARY)"
        with (
            self.connection.cursor() as cursor,
            cursor.copy(sql.SQL(statement).format(table=self.table)) as copy,
        ):
            copy.set_types(["int8", "int4", "text", "text", "text[]", "vector"])
            for row in zip(rows.items.tolist(), chances, ids, labels, described, rows.vectors, strict=True):
                copy.write_row(row)
        self.keep(header)

    def delete(self, ids: list[Id], header: Header) -> None:
        """As of `Writer`."""
        self._do("DELETE FROM {table} WHERE id = ANY({ids})", ids=spellings(ids))
        self.keep(header)

    def build(self) -> str:
        """As of `Writer`. One in some items is left out of the index, to judge it."""
        dim = self.header.facts.dim or 0
        if dim > _MOST_DIMS:
            raise ValueError(
                f"Expected at most {_MOST_DIMS:,} dimensions, which pgvector can index. Received: {dim:,}. Search "
                "exactly, or embed into fewer."
            )
        self.drop()
        spared = int(_CHANCES * min(0.25, JUDGES / len(self)))
        from psycopg import sql

        self._do(
            "CREATE INDEX ON {table} USING hnsw (vector {kind}) WHERE chance >= {spared}",
            kind=sql.SQL(_OPERATORS[self.header.facts.metric]),
            spared=spared,
        )
        self._do("CREATE INDEX ON {table} (chance) WHERE chance < {spared}", spared=spared)
        self._do("ANALYZE {table}")
        self.header = replace(self.header, spared=spared)
        return "pgvector HNSW"

    def drop(self) -> None:
        """As of `Writer`. Its indexes are the partial ones of the table."""
        own = (
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = {name}::regclass AND indpred IS NOT NULL"
        )
        from psycopg import sql

        for (name,) in self._select(own, name=self.table.as_string(self.connection)):
            self._do("DROP INDEX {index}", index=sql.SQL(name))  # quoted by the server

    def _do(self, text: str, /, **given: Any) -> None:
        from psycopg import sql

        parts = {name: one if isinstance(one, sql.Composable) else sql.Literal(one) for name, one in given.items()}
        self.connection.execute(sql.SQL(text).format(table=self.table, **parts))


def create_table(connection: Any, table: Any, header: Header) -> None:
    """Make a table without rows, whose vectors have no dimensions yet."""
    from psycopg import sql

    columns = (
        "item bigint PRIMARY KEY, chance integer NOT NULL, id text NOT NULL UNIQUE, label text, "
        "metadata text[] NOT NULL, vector vector NOT NULL"
    )
    connection.execute(sql.SQL(f"CREATE TABLE {{}} ({columns})").format(table))
    connection.execute(sql.SQL("CREATE INDEX ON {} (label)").format(table))
    PgWriter(connection, table, header).keep(header)


def comment_of(header: Header) -> str:
    """The text of a header; ASCII.

    Example:
        >>> from semihard.gallery._view import Facts
        >>> header = Header(Facts("euclidean", None, None, None))
        >>> header_of(comment_of(header)) == header, header_of("sales of 2024")
        (True, None)
    """
    return json.dumps({"format": FORMAT, "version": VERSION, **header.to_dict()})


def header_of(comment: str | None) -> Header | None:
    """Read what `comment_of` made; None for any other comment.

    Raises:
        ValueError: it is of another version.
    """
    try:
        found = json.loads(comment or "")
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return None
    if found["version"] != VERSION:
        came = found["version"]
        raise ValueError(f"Expected a gallery of format version {VERSION}. Received: {came!r}. Update semihard.")
    return Header.of(found)

"""A gallery in a table of a PostgreSQL server with pgvector: for several programs, on several machines, at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from semihard.gallery._columns import check_beside
from semihard.gallery._header import Header, new_header
from semihard.gallery._postgres._rows import PgRows
from semihard.gallery._postgres._server import Server
from semihard.gallery._postgres._writer import PgWriter, create_table, header_of
from semihard.gallery._rows import Rows, Writer
from semihard.gallery._stored import Stored

# Bytes of a name; PostgreSQL cuts longer ones off, and two galleries would be one.
_LONGEST = 63


class PgGallery(Stored):
    """A gallery of a table. Make one with `PgGallery.create`, or read one with `PgGallery.open`.

    It answers as `Gallery` does. What is added or removed is committed when the call returns. A search sees the gallery
    of one moment; writers wait for each other, and nobody else waits for them. Everything is in the table and its
    comment: DROP TABLE removes it, pg_dump takes it along. Who writes must own the table.

    Example:
        >>> from semihard.gallery import PgGallery
        >>> gallery = PgGallery.create("postgresql://me@host/db", "pets", [[0.0]], ["cat"])  # doctest: +SKIP
        >>> PgGallery.open("postgresql://me@host/db", "pets").search([[1.0]]).labels.tolist()  # doctest: +SKIP
        [['cat']]
    """

    def __init__(self, server: Server, name: str) -> None:
        from psycopg import sql

        self._server, self._name, self._table = server, name, sql.Identifier(name)

    @classmethod
    def create(
        cls,
        server: str,
        name: str,
        vectors: Any = None,
        labels: Any = None,
        ids: Any = None,
        metadata: Any = None,
        *,
        metric: str = "euclidean",
        model: str | None = None,
        threshold: Any = None,
    ) -> "PgGallery":
        """Make a gallery in a new table, empty or of these items.

        Args:
            server: where it is, as libpq reads it: postgresql://user@host/database, or "host=... dbname=...".
            name: of the table, any text of up to 63 bytes; its schema is the first of the search path.
            vectors, labels, ids, metadata: as of `add`; without vectors the gallery is empty.
            metric, model, threshold: as of `Gallery.create`.

        Raises:
            TypeError, ValueError: as `add` and `Gallery.create`; for a name that is taken or none; and where the server
                has no pgvector 0.8.
            ConnectionError: it cannot be reached.
            PermissionError: the role may not make a table.
            ImportError: psycopg or pgvector is not installed: `pip install "semihard[pgvector]"`.
        """
        found, header = Server(server), new_header(metric, model, threshold)
        check_beside(vectors, labels, ids, metadata)
        gallery = cls(found, _checked_name(name))
        from psycopg import errors

        with found.connection(extension=True) as connection, connection.transaction():
            try:
                create_table(connection, gallery._table, header)
            except errors.DuplicateTable:
                raise ValueError(
                    f"Expected no table {name!r} at {found.place}. Received: one. Open it with `PgGallery.open`, or "
                    "choose another name."
                ) from None
            if vectors is not None:
                gallery.add(vectors, labels, ids, metadata)
        return gallery

    @classmethod
    def open(cls, server: str, name: str) -> "PgGallery":
        """Open a gallery that `create` made.

        Args:
            server, name: as of `create`.

        Raises:
            LookupError: there is no such gallery.
            TypeError, ValueError: for a server or name that is none, and where it has no pgvector 0.8.
            ConnectionError: it cannot be reached.
            ImportError: psycopg or pgvector is not installed: `pip install "semihard[pgvector]"`.
        """
        gallery = cls(Server(server), _checked_name(name))
        with gallery._reading():
            return gallery

    def close(self) -> None:
        """End the connection; a later call makes another."""
        self._server.close()

    def __enter__(self) -> "PgGallery":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def compact(self) -> None:
        """Give back the room of what was removed, in the table and its index (VACUUM), as autovacuum does in time."""
        from psycopg import sql

        with self._server.connection() as connection:
            connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(self._table))

    @contextmanager
    def _reading(self) -> Iterator[Rows]:
        with self._server.connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield PgRows(connection, self._table, self._header(connection))

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        from psycopg import sql

        with self._server.connection() as connection, connection.transaction():
            self._header(connection)  # before it is locked: it may be another program's
            connection.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(self._table))
            yield PgWriter(connection, self._table, self._header(connection))

    def _header(self, connection: Any) -> Header:
        name = self._table.as_string(connection)
        (comment,) = connection.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", (name,)).fetchone()
        header = header_of(comment)
        if header is None:
            raise LookupError(
                f"Expected a gallery {self._name!r} at {self._server.place}, as `PgGallery.create` makes it. "
                "Received: no table of that name that is one. Check the name and the search path."
            )
        return header


def _checked_name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"Expected `name` of a table to be a text. Received: {type(name).__name__}.")
    size = len(name.encode("utf-8", "surrogatepass"))
    if not 0 < size <= _LONGEST or any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in name):
        raise ValueError(
            f"Expected `name` of a table to be 1 to {_LONGEST} bytes of UTF-8 without NUL. Received: {name[:80]!r}, "
            f"{size} bytes. Choose another."
        )
    return name

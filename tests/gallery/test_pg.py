"""A gallery on a PostgreSQL server: names, transactions, and what happens when it is away."""

import socket
import threading

import numpy as np
import pytest

from semihard.gallery import PgGallery
from semihard.gallery._chosen import Chosen
from semihard.gallery._postgres import _rows as pg_rows
from tests.gallery.test_hnsw import clusters
from tests.killed import Killed
from tests.postgres import database

psycopg = pytest.importorskip("psycopg", reason='Run: pip install "semihard[pgvector]"')

HOSTILE = [
    '"; DROP TABLE pets; --',
    "it's",
    "Ünïcode \N{PILE OF POO}",
    "{}{table}%s",
    "a.b",
    "x" * 63,
    "\\",
    "SELECT",
    " ",
]


@pytest.fixture(scope="module")
def address():
    """A database of this file's own."""
    return database("pg")


def run(address, text, *given):
    with psycopg.connect(address, autocommit=True) as connection:
        done = connection.execute(text, given)
        return done.fetchall() if done.description else None


def tables(address):
    return {name for (name,) in run(address, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_text_is_a_name_a_label_an_id_and_a_column(address, name):
    before = tables(address)
    gallery = PgGallery.create(address, name, np.eye(2), [name, "other"], [name, "other"], {name: [name, None]})
    assert tables(address) == before | {name}
    found = PgGallery.open(address, name)
    asked = {"labels": [name], "where": {name: name}, "exclude": ["other"]}
    assert found.search(np.eye(2), **asked).ids.tolist() == [[name], [name]]
    assert found.metadata_of([name]) == {name: [name]}
    assert found.build_index().items == 2
    found.compact()
    found.drop_index()
    found.remove([name])
    assert gallery.ids == ["other"]
    assert tables(address) == before | {name}


@pytest.mark.parametrize("name", ["", "x" * 64, "\N{PILE OF POO}" * 16, "a\0b", "\udcff", 3, None])
def test_what_is_no_name_is_refused(address, name):
    for act in (PgGallery.create, PgGallery.open):
        with pytest.raises((TypeError, ValueError), match="`name` of a table"):
            act(address, name)


def test_a_table_that_is_none_is_not_touched(address):
    run(address, "CREATE TABLE sales (item bigint)")
    run(address, "COMMENT ON TABLE sales IS '[\"of 2024\"]'")
    with pytest.raises(LookupError, match="Expected a gallery 'sales'"):
        PgGallery.open(address, "sales")
    with pytest.raises(ValueError, match=r"Expected no table 'sales'.*Received: one"):
        PgGallery.create(address, "sales", np.eye(2))
    assert run(address, "SELECT count(*) FROM sales") == [(0,)]


def test_a_server_that_is_not_there_is_named_and_its_password_is_not():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(ConnectionError, match=f"host 127.0.0.1, port {port}, dbname pets") as caught:
            PgGallery.open(f"postgresql://me:hunter2@127.0.0.1:{port}/pets", "pets")
    assert "hunter2" not in str(caught.value)
    for address in ("hunter2", "postgresql://me:hunter2@[/pets"):
        with pytest.raises(ValueError, match="`server` as libpq reads it") as caught:
            PgGallery.open(address, "pets")
        assert "hunter2" not in str(caught.value)
    with pytest.raises(TypeError, match="`server` to be a text"):
        PgGallery.open(None, "pets")


def test_a_database_without_pgvector_or_with_no_right_says_so():
    empty = database("empty")
    with pytest.raises(ValueError, match=r"Expected pgvector 0\.8 or newer at .*dbname empty\. Received: none"):
        PgGallery.open(empty, "pets")
    PgGallery.create(empty, "pets", np.eye(2), ["a", "b"], threshold=1)
    run(empty, "CREATE ROLE guest LOGIN")
    guest = psycopg.conninfo.make_conninfo(empty, user="guest")
    with pytest.raises(PermissionError, match="Expected a role that may do this"):
        PgGallery.create(guest, "mine")
    with PgGallery.open(guest, "pets") as gallery:
        with pytest.raises(PermissionError, match="Ask for the right"):
            gallery.search(np.eye(2))
        run(empty, "GRANT SELECT ON pets TO guest")
        assert gallery.match(np.eye(2)).labels.tolist() == ["a", "b"]
        with pytest.raises(PermissionError):
            gallery.add(np.eye(2))
    run(empty, "DROP OWNED BY guest")


def test_a_connection_that_was_lost_is_made_again(address):
    gallery = PgGallery.create(address, "lost", np.eye(2))
    lost = pytest.raises(ConnectionError, match="Start it, or check the address")
    with lost, gallery._writing() as rows:
        (process,) = rows.connection.execute("SELECT pg_backend_pid()").fetchone()
        run(address, "SELECT pg_terminate_backend(%s)", process)
        rows.connection.execute("SELECT 1")
    assert len(gallery) == 2
    gallery.close()
    assert gallery.ids == [0, 1]


@pytest.mark.parametrize("what", ["add", "remove", "build_index"])
def test_what_is_ended_before_it_is_done_did_not_happen(address, what, monkeypatch):
    gallery = PgGallery.create(address, f"ended {what}", clusters(100), ["a"] * 100)
    gallery.build_index()
    before = gallery.index

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("semihard.gallery._postgres._writer.PgWriter.keep", killed)  # the last step of each
        getattr(gallery, what)(*{"add": [clusters(5)], "remove": [[1, 2]]}.get(what, []))
    assert (gallery.ids, gallery.index) == (list(range(100)), before)
    assert gallery.search(clusters(1), 3, index="ann").ids.shape == (1, 3)
    assert gallery.add(clusters(5)) == list(range(100, 105))


def test_several_write_at_once_and_each_search_sees_all_or_nothing(address):
    PgGallery.create(address, "busy", np.zeros((10, 2)))
    failed = []

    def write(number):
        with PgGallery.open(address, "busy") as gallery:
            for _ in range(8):
                gallery.add(np.full((10, 2), number))

    def read():
        with PgGallery.open(address, "busy") as gallery:
            for _ in range(20):
                found = gallery.search([[0.0, 0.0]], 1000)
                failed.extend([found] if found.ids.shape[1] % 10 else [])

    threads = [threading.Thread(target=write, args=(number,)) for number in (1, 2)] + [threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gallery = PgGallery.open(address, "busy")
    assert not failed
    assert gallery.ids == list(range(170)) and len(gallery.vectors) == 170


def test_threads_share_a_gallery(address):
    gallery = PgGallery.create(address, "shared", clusters(50))
    found = []
    threads = [threading.Thread(target=lambda: found.append(gallery.search(clusters(50), 1).ids)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [ids[:, 0].tolist() for ids in found] == 4 * [list(range(50))]


def test_what_the_server_cannot_index_is_refused(address):
    gallery = PgGallery.create(address, "wide", np.zeros((1, 2001)))
    with pytest.raises(ValueError, match=r"at most 2,000 dimensions.*2,001"):
        gallery.build_index()
    assert gallery.index is None
    assert gallery.search(np.ones((1, 2001))).ids.tolist() == [[0]]
    for name in ("ids", "labels"):
        with pytest.raises(ValueError, match=f"`{name}` of up to 2,000 characters"):
            gallery.add(np.zeros((1, 2001)), **{name: ["x" * 3000]})
    assert len(gallery) == 1
    gallery.add(np.zeros((1, 2001)), metadata={"text": ["x" * 10**5]})


@pytest.mark.parametrize("scan", ["strict_order", "off"])
def test_a_filter_loses_rows_of_the_index_unless_it_goes_on(address, scan, monkeypatch):
    """1 % of the items pass, and lie far from the queries: without a strict scan the index stops before it sees one.

    What it finds then is too little, and the search is exact. Where the planner may not sort it takes the index.
    """
    vectors = clusters(1500)
    far = np.arange(1500) % 100 == 0
    vectors[far] += 30
    gallery = PgGallery.create(address, f"far {scan}", vectors, metadata={"far": far.tolist()})
    gallery.build_index()
    gallery.close()
    planned = psycopg.conninfo.make_conninfo(address, options="-c enable_seqscan=off -c enable_sort=off")
    gallery, queries, asked = PgGallery.open(planned, f"far {scan}"), clusters(5, 5), {"where": {"far": True}}
    if scan == "off":
        monkeypatch.setitem(pg_rows._SETTINGS, "iterative_scan", scan)
    with gallery._reading() as rows:
        chosen = Chosen(where=(("far", frozenset([True])),))
        found, items, _ = rows.candidates(queries, 15, chosen)
        spared = rows.connection.execute(
            'SELECT count(*) FROM "far {scan}" WHERE chance < %s AND item %% 100 = 0'.replace("{scan}", scan),
            (rows.header.spared,),
        ).fetchone()[0]
    assert set(items.tolist()) <= set(np.flatnonzero(far).tolist())
    assert (np.bincount(found, minlength=5) == (15 - spared if scan == "strict_order" else 0)).all()
    ours, theirs = gallery.search(queries, 15, index="ann", **asked), gallery.search(queries, 15, **asked)
    assert ours.items.shape == (5, 15) and ours.to_dict() == theirs.to_dict()

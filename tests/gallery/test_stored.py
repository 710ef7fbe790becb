"""Galleries in stores answer as the directory's does: exactly, or with the recall that they state."""

import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semihard._core.extras import MissingPackage
from semihard.evaluation import calibrate_identification
from semihard.gallery import Gallery
from semihard.gallery._chosen import ALL
from tests.gallery.stores import Store
from tests.gallery.test_gallery import BAD, grids, named, nearest, points, same
from tests.gallery.test_hnsw import clusters
from tests.gallery.test_versions import LABELS

few = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["lance", "pg"], scope="module")
def store(request):
    made = Store(request.param)
    yield made
    made.end()


@pytest.fixture(scope="module")
def indexed(store):
    """2,000 items in clusters, of 100 labels in turn, with an index; and the same in memory."""
    labels, metadata = [f"it's {place % 100}" for place in range(2000)], {"lot": [place // 20 for place in range(2000)]}
    gallery = store.create(clusters(2000), labels, metadata=metadata, threshold=1.5)
    gallery.build_index()
    return gallery, Gallery.create(clusters(2000), labels, metadata=metadata, threshold=1.5)


@few
@given(grids, grids, st.integers(1, 12), st.floats(0.1, 3))
def test_ties_and_copies_stand_in_the_order_of_the_gallery(store, vectors, queries, k, threshold):
    labels = [f"{place % 3}" for place in range(len(vectors))]
    gallery = store.create(vectors, labels, threshold=threshold)
    items, _ = nearest(queries, vectors, k)
    assert gallery.search(queries, k).items.tolist() == items
    assert gallery.match(queries).labels.tolist() == named(queries, vectors, labels, threshold)


@pytest.mark.parametrize("metric", ["euclidean", "cosine_distance"])
def test_it_answers_as_the_directory_does(store, metric, monkeypatch):
    """To the bit, whatever the labels, and though it compares a few vectors at a time."""
    for room in ("_lance._rows", "_postgres._rows"):
        monkeypatch.setattr(f"semihard.gallery.{room}.BLOCK", 100)
    vectors = points(0, 300) + np.float32(0.25)
    labels = [LABELS[place % 8] for place in range(300)]
    metadata = {"it's": [place % 7 or None for place in range(300)], "truth": [place % 2 == 0 for place in range(300)]}
    ids = [f"'; {place}" if place % 3 else place for place in range(300)]
    one = Gallery.create(vectors, labels, ids, metadata, metric=metric, threshold=0.5)
    two = store.again(store.create(vectors, labels, ids, metadata, metric=metric, threshold=0.5))
    same(one, two)
    queries = np.random.default_rng(1).normal(size=(9, 3))  # float64
    for asked in (
        {},
        {"labels": ["a\tb", 1]},
        {"labels": [1.0]},  # and True, which is equal
        {"labels": ["\udcff", 2**70]},
        {"where": {"it's": [3, 4], "truth": True}},
        {"where": {"it's": 5.0}, "labels": ["1", 2.5], "exclude": ["'; 5", 12]},
        {"exclude": ids[10:]},
        {"labels": []},
        {"where": {"truth": []}},
    ):
        for k in (1, 20, 1000):
            ours, theirs = two.search(queries, k, **asked), one.search(queries, k, **asked)
            assert ours.to_dict() == theirs.to_dict(), asked
            assert ours.items.tolist() == theirs.items.tolist()
    for ours, theirs in zip(two.match(queries), one.match(queries), strict=True):
        assert ours.tolist() == theirs.tolist()
    assert two.metadata_of([ids[7], ids[2]]) == one.metadata_of([ids[7], ids[2]])
    assert str(two) == str(one)


def test_a_runner_up_behind_hundreds_of_one_label_is_found(store):
    vectors, queries = np.arange(900, dtype=np.float32)[:, None], [[0.0], [1.0], [899.0]]
    for labels in (["a"] * 600 + ["b"] * 300, ["a"] * 900):
        one, two = (make(vectors, labels, threshold=9.0) for make in (Gallery.create, store.create))
        for index in ("exact", "ann"):
            if index == "ann":
                two.build_index()
            for ours, theirs in zip(two.match(queries, index=index), one.match(queries), strict=True):
                assert ours.tolist() == theirs.tolist()


def test_what_the_index_finds_is_measured_exactly_and_its_recall_is_that_of_others(store, indexed):
    """Of queries that are not in the gallery, and as it says itself; and it is kept."""
    gallery, plain = indexed
    queries = clusters(200, 5)
    exact, found = plain.search(queries), gallery.search(queries, index="ann")
    everything = plain.search(queries, 2000)
    known = [dict(zip(*row, strict=True)) for row in zip(everything.items, everything.distances, strict=True)]
    for row, items, distances in zip(known, found.items, found.distances, strict=True):
        assert [row[item] for item in items] == distances.tolist() == sorted(distances)
    hits = [len(set(one) & set(other)) for one, other in zip(exact.items, found.items, strict=True)]
    about = gallery.index
    assert about.recall > 0.95 and abs(np.mean(hits) / 10 - about.recall) < 0.03
    assert (about.k, about.items, about.built_of) == (10, 2000, None)
    assert 200 <= about.queries <= 256
    assert store.again(gallery).index == about
    assert f"recall@10 {about.recall:.1%} of {about.queries} queries" in str(gallery)
    for ours, theirs in zip(gallery.match(queries, index="ann"), plain.match(queries), strict=True):
        assert np.mean(ours == theirs) > 0.95


def test_the_recall_is_that_of_items_that_are_not_among_the_candidates(store, monkeypatch):
    """An index that finds the same 36 items whatever is asked finds just so many of the ten nearest of the others."""
    vectors = clusters(120)
    gallery, judges = store.create(vectors), []
    with gallery._reading() as rows:
        kind = type(rows)
    chosen = kind.judges
    monkeypatch.setattr(kind, "judges", lambda self, most: judges.append(chosen(self, most)) or judges[-1])

    def first(self, queries, count, _):
        items = np.tile(np.setdiff1d(np.arange(120), judges[0][0])[:count], len(queries))
        return np.repeat(np.arange(len(queries)), count), items, vectors[items]

    monkeypatch.setattr(kind, "candidates", first)
    about = gallery.build_index()
    mine = judges[0][0]
    others = np.setdiff1d(np.arange(120), mine)
    items = nearest(vectors[mine], vectors[others], 10)[0]
    expected = np.mean([[item < 36 for item in row] for row in items])
    assert (about.recall, about.queries) == (pytest.approx(expected), len(mine)) and 0 < expected < 1


def test_what_is_read_is_of_one_moment(store):
    gallery = store.create(np.zeros((3, 2)), ["a"] * 3)
    with store.again(gallery)._reading() as rows:
        assert len(rows) == 3
        gallery.add(np.ones((2, 2)), ["b"] * 2)
        gallery.remove([0])
        assert (len(rows), rows.classes, rows.several, rows.header.next_item) == (3, 1, False, 3)
        assert [items.tolist() for items, _ in rows.scan(ALL)] == [[0, 1, 2]]
        assert sorted(rows.named(np.arange(5))) == rows.metadata(None)[0] == [0, 1, 2]
    assert gallery.ids == [1, 2, 3, 4]


@pytest.mark.parametrize("asked", [{"labels": ["it's 7"]}, {"where": {"lot": 42}}], ids=["label", "metadata"])
def test_a_filter_loses_no_rows(indexed, asked):
    """It lets 1 % through, of which all are wanted: of a label the items lie in all clusters, far from most queries."""
    gallery, plain = indexed
    ours, theirs = (one.search(clusters(30, 6), 20, index="ann", **asked) for one in (gallery, plain))
    assert ours.items.shape == (30, 20)
    assert ours.to_dict() == theirs.to_dict()
    asked = {**asked, "exclude": gallery.search(clusters(1, 6), 20, **asked).ids[0, :15].tolist()}
    ours, theirs = (one.search(clusters(30, 6), 20, index="ann", **asked) for one in (gallery, plain))
    assert ours.items.shape == (30, 5)
    assert ours.to_dict() == theirs.to_dict()


def test_a_filter_is_a_matter_of_the_index(indexed, monkeypatch):
    """Where 5 % pass, and a few are wanted, nothing else is read."""
    gallery, plain = indexed
    queries, asked = clusters(30, 6), {"labels": [f"it's {number}" for number in range(5)]}
    monkeypatch.setattr("semihard.gallery._stored_view.StoredView._exact", None)
    ours, theirs = gallery.search(queries, 2, index="ann", **asked), plain.search(queries, 2, **asked)
    assert np.mean(ours.ids == theirs.ids) > 0.95


@pytest.mark.parametrize("metric", ["euclidean", "cosine_distance"])
def test_the_index_knows_what_was_added_and_forgets_what_was_removed(store, metric):
    gallery = store.create(clusters(400), metric=metric)
    with pytest.raises(ValueError, match='Expected an index for index="ann"'):
        gallery.search(clusters(1), index="ann")
    gallery.build_index()
    new = gallery.add(3 * clusters(50, 9))
    gallery.remove(range(100))
    for compacted in (False, True):
        if compacted:
            gallery.compact()
        assert (gallery.index.items, gallery.index.built_of) == (350, 400)
        assert gallery.search(3 * clusters(50, 9), 1, index="ann").ids[:, 0].tolist() == new
        plain = Gallery.create(gallery.vectors, ids=gallery.ids, metric=metric)
        ours, theirs = (one.search(clusters(40), 5, index="ann").ids for one in (gallery, plain))
        assert np.mean(ours == theirs) > 0.95 and ours.min() >= 100
    assert gallery.build_index().items == 350
    gallery.drop_index()
    assert store.again(gallery).index is None


@few
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "remove", "again"]),
            st.lists(st.integers(-2, 2), min_size=1, max_size=4),
            st.booleans(),
        ),
        max_size=6,
    )
)
def test_adding_and_removing_is_as_in_memory(store, steps):
    one, two = Gallery.create(model="f00d"), store.create(model="f00d")
    for number, (what, values, flag) in enumerate(steps):
        if what == "add":
            labels = [f"{value}" if flag else value for value in values]
            ids = [f"{number}.{place}" for place in range(len(values))] if flag else None
            metadata = {"file": list(map(str, values))} if flag else None
            vectors = np.array([[value, number] for value in values], np.float32)
            assert one.add(vectors, labels, ids, metadata) == two.add(vectors, labels, ids, metadata)
        elif what == "remove":
            gone = [one.ids[value % len(one)] for value in values if len(one)]
            one.remove(gone)
            two.remove(gone)
        else:
            two = store.again(two)
    assert (len(one), one.classes, one.ids, one.labels) == (len(two), two.classes, two.ids, two.labels)
    assert one.metadata == two.metadata
    assert np.array_equal(one.vectors, two.vectors) or not len(one)
    if len(one):
        assert one.search([[1.0, 2.0]]).ids.tolist() == two.search([[1.0, 2.0]]).ids.tolist()


@pytest.fixture(scope="module")
def refusing(store):
    return store.create([[0.0, 0.0], [1.0, 1.0]], ["a", "b"], ["x", "y"], threshold=1)


@pytest.mark.parametrize(("act", "error", "words"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_bad_input_is_refused_and_changes_nothing(refusing, act, error, words):
    with pytest.raises(error, match=words):
        act(refusing)
    assert (len(refusing), refusing.ids, refusing.labels) == (2, ["x", "y"], ["a", "b"])
    assert (refusing.threshold, refusing.metadata) == (1, {})


@pytest.mark.parametrize("vectors", [[[0.1, 1.0]], [[1e100, 0.0]], [[2**24 + 1, 0]]])
def test_what_float32_would_round_is_refused(refusing, vectors):
    with pytest.raises(ValueError, match=r"float32 holds.*first in row 0.*astype\('float32'\)"):
        refusing.add(vectors)
    assert len(refusing) == 2


@pytest.mark.parametrize("asked", [{"where": {"year": 1}}, {"where": {"'": 1}}])
def test_a_column_that_is_not_there_is_named(refusing, asked):
    for gallery in (refusing, Gallery.create([[0.0, 0.0]])):
        with pytest.raises(ValueError, match="there are none"):
            gallery.search([[0.0, 0.0]], **asked)
        with pytest.raises(TypeError, match="`labels` as a list"):
            gallery.search([[0.0, 0.0]], labels="a")
        with pytest.raises(ValueError, match="missing"):
            gallery.search([[0.0, 0.0]], labels=[None])
        with pytest.raises(TypeError, match="`where` as values by column"):
            gallery.search([[0.0, 0.0]], where=["year"])


def test_an_empty_gallery_finds_nothing_and_nobody(store):
    gallery = store.create(threshold=1.0)
    for found in (gallery, store.again(gallery)):
        assert (len(found), found.dim, found.ids, found.labels, found.classes) == (0, None, [], [], 0)
        assert found.vectors.shape == (0, 0)
        assert found.search([[1.0, 2.0]]).distances.shape == (1, 0)
        assert found.match([[1.0, 2.0]]).labels.tolist() == [None]
        with pytest.raises(ValueError, match="Expected items to index"):
            found.build_index()
    gallery.add(np.eye(2), ["a", "b"], model="beef")
    gallery.remove([0, 1])
    gallery.compact()
    assert gallery.match(np.eye(2)).labels.tolist() == [None, None]
    assert (gallery.dim, gallery.model) == (2, "beef")
    with pytest.raises(ValueError, match=r"gallery's model, beef\. Received: model='f00d'"):
        gallery.search(np.eye(2), model="f00d")


def test_the_threshold_is_kept_and_outgrown(store):
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(40), 10)
    vectors = (rng.normal(size=(40, 8))[labels] + 0.2 * rng.normal(size=(400, 8))).astype(np.float32)
    calibration = calibrate_identification(vectors, labels, target_fpir=0.1, gallery=3)
    gallery = store.create(vectors[:30], labels[:30])
    with pytest.raises(ValueError, match="Expected a gallery with a threshold"):
        gallery.match(vectors)
    gallery.threshold = calibration
    assert store.again(gallery).threshold == calibration.threshold and gallery.note is None
    gallery.add(vectors[30:40], labels[30:40])
    assert "calibrated for 3 labels, and there are 4" in store.again(gallery).note
    gallery.add(vectors[:1])
    with pytest.raises(ValueError, match="1 of 41 without"):
        gallery.match(vectors)


def test_what_cannot_be_made_leaves_nothing(store):
    where = store.place()
    with pytest.raises(ValueError, match="finite"):
        store.door.create(*where, [[np.nan]])
    with pytest.raises(ValueError, match="`metric` to be one of"):
        store.door.create(*where, metric="cosine")
    with pytest.raises(ValueError, match="Expected `vectors` beside"):
        store.door.create(*where, labels=["a"])
    with pytest.raises((LookupError, FileNotFoundError), match="Expected"):
        store.door.open(*where)
    gallery = store.door.create(*where, [[1.0]])
    with pytest.raises(ValueError, match=r"Open it with `\w+\.open`"):
        store.door.create(*where, [[2.0]])
    assert gallery.search([[0.0]]).distances.tolist() == [[1.0]]


def test_what_is_missing_is_named(store, monkeypatch):
    where = store.place()
    store.missing(monkeypatch)
    for act in (store.door.create, store.door.open):
        with pytest.raises(
            MissingPackage, match=rf'Run: pip install "semihard\[{"lance" if store.kind == "lance" else "pgvector"}\]"'
        ):
            act(*where)


WRITER = """
import sys
import numpy as np
from semihard.gallery import LanceGallery, PgGallery
gallery = (LanceGallery if len(sys.argv) == 2 else PgGallery).open(*sys.argv[1:])
while True:
    gallery.add(np.full((500, 16), len(gallery) / 500, np.float32), ["x"] * 500)
    print("added", flush=True)
    gallery.remove(range(len(gallery) - 500, len(gallery) - 400)) if len(gallery) == 1000 else None
"""


def test_a_writer_that_is_killed_leaves_a_whole_gallery(store):
    """Of batches of 500 that are added, and once 100 that are removed at once, all or nothing is there."""
    gallery = store.create(np.zeros((500, 16), np.float32), ["x"] * 500)
    where = [str(gallery._path)] if store.kind == "lance" else [gallery._server.address, gallery._name]
    writer = subprocess.Popen([sys.executable, "-c", WRITER, *where], stdout=subprocess.PIPE, text=True)
    with writer:
        for _ in range(3):
            assert writer.stdout.readline() == "added\n"
        writer.send_signal(signal.SIGKILL)
    found = store.again(gallery)
    count = len(found)
    assert count >= 1900 and count % 500 == 400
    assert len(set(found.ids)) == len(found.vectors) == len(found.labels) == count
    found.add(np.ones((1, 16)), ["y"])
    assert found.search(np.ones((1, 16)), 1, labels=["y"]).ids.tolist() == [[found.ids[-1]]]
    assert len(store.again(gallery)) == count + 1

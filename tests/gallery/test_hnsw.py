"""The approximate index: what it finds is ordered exactly, what it misses is said, and it is never stale."""

import hashlib
import json
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard._core.extras import MissingPackage
from semihard.gallery import Gallery
from semihard.gallery._hnsw import Hnsw
from tests.gallery.test_gallery import nearest
from tests.gallery.test_versions import flip

pytest.importorskip("usearch", reason='Run: pip install "semihard[ann]"')


def clusters(n, seed=0, dim=16):
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(7).normal(size=(40, dim))
    return (centres[rng.integers(40, size=n)] + 0.5 * rng.normal(size=(n, dim))).astype(np.float32)


def in_a_room_without_usearch(monkeypatch):
    monkeypatch.setitem(sys.modules, "usearch", None)
    monkeypatch.setitem(sys.modules, "usearch.index", None)


@pytest.mark.parametrize("metric", ["euclidean", "cosine_distance"])
@pytest.mark.parametrize(("shift", "scale"), [(0, 1), (1e4, 1), (0, 1e30), (0, 1e-30)])
def test_it_finds_most_and_measures_exactly(metric, shift, scale):
    """float16 alone would see nothing of vectors that are far off, huge or tiny."""
    if shift and metric == "cosine_distance":
        shift = 0  # then all have one direction
    vectors, queries = (scale * (clusters(n, n).astype(np.float64) + shift) for n in (2000, 50))
    gallery = Gallery.create(vectors, [place % 9 for place in range(2000)], metric=metric)
    exact, found = gallery.search(queries), gallery.search(queries, index="ann")
    shared = [len(set(one) & set(other)) for one, other in zip(exact.items, found.items, strict=True)]
    assert np.mean(shared) / 10 > 0.95
    assert gallery.index.recall > 0.95
    known = {
        (query, item): distance
        for query, row in enumerate(gallery.search(queries, 2000).items)
        for item, distance in zip(row, gallery.search(queries[query : query + 1], 2000).distances[0], strict=True)
    }
    for query, (items, distances) in enumerate(zip(found.items, found.distances, strict=True)):
        assert [known[query, item] for item in items] == distances.tolist()


grids = st.lists(st.lists(st.integers(-1, 1), min_size=2, max_size=2), min_size=1, max_size=9)


@given(grids, grids, st.integers(3, 12))
def test_ties_and_copies_stand_in_the_order_of_the_gallery(vectors, queries, k):
    """Of so few all are candidates."""
    assert Gallery.create(vectors).search(queries, k, index="ann").items.tolist() == nearest(queries, vectors, k)[0]


def test_copies_beyond_reach_are_found_all_the_same():
    gallery = Gallery.create(np.zeros((3000, 4)))
    assert gallery.search(np.zeros((2, 4)), 700, index="ann").items.tolist() == 2 * [list(range(700))]
    assert gallery.search(np.zeros((2, 4)), 30, index="ann").distances.tolist() == 2 * [30 * [0.0]]


def test_the_recall_is_that_of_items_that_are_not_in_it_yet(monkeypatch):
    """An index that finds the items 0 to 15 alone finds just so many of the ten nearest."""
    vectors = clusters(60)
    judges = []
    recall = Hnsw._recall
    monkeypatch.setattr(Hnsw, "_recall", lambda self, rows, k: judges.extend(rows) or recall(self, rows, k))

    def first(self, queries, count):
        held = [item for item in range(60) if item not in judges][:count]
        return np.tile(held, (len(queries), 1)), np.full(len(queries), True)

    monkeypatch.setattr(Hnsw, "_candidates", first)
    found = Gallery.create(vectors).build_index()
    others = [item for item in range(60) if item not in judges]
    items = nearest(vectors[judges], vectors[others], 10)[0]
    expected = np.mean([[others[item] in others[:16] for item in row] for row in items])
    assert (found.recall, found.k, found.queries) == (pytest.approx(expected), 10, 15)
    assert 0 < expected < 1
    assert "recall@10" in str(found) and f"{expected:.1%} of 15 queries" in str(found)
    assert "fewer than 20,000 items an exact search" in str(found)


def test_match_by_it_and_exactly():
    vectors = clusters(1500)
    gallery = Gallery.create(vectors, [place % 9 for place in range(1500)], threshold=1.5)
    exact, found = gallery.match(clusters(20, 5)), gallery.match(clusters(20, 5), index="ann")
    assert gallery.index is not None
    for ours, theirs in zip(exact, found, strict=True):
        assert np.mean(ours == theirs) > 0.9


def test_it_is_a_file_of_the_version_and_never_stale(tmp_path):
    gallery = Gallery.create(clusters(500))
    assert gallery.index is None
    gallery.save(tmp_path)
    assert not list(tmp_path.rglob("*.usearch"))
    gallery = Gallery.open(tmp_path)  # without one, as all were
    recall = gallery.build_index()
    gallery.save()
    file = tmp_path / "version-2" / "index.usearch"
    manifest = json.loads((tmp_path / "version-2" / "gallery.json").read_text())
    assert manifest["files"]["index.usearch"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    found = Gallery.open(tmp_path)
    assert found.index == recall and "500 items, recall@10" in str(found)
    queries = clusters(9, 3)
    assert found.search(queries, index="ann").to_dict() == gallery.search(queries, index="ann").to_dict()
    found.add(queries)
    assert found.index is None
    found.save()
    assert Gallery.open(tmp_path).index.items == 509
    items = Gallery.open(tmp_path).search(queries, 1, index="ann").items[:, 0]
    assert np.sum(items == np.arange(500, 509)) >= 8  # threads that add may leave one out of reach
    found.remove(found.ids)
    found.save()
    assert Gallery.open(tmp_path).index is None
    with pytest.raises(ValueError, match="Expected items to index"):
        found.build_index()


def test_what_is_added_goes_into_the_index_that_is_there(tmp_path, monkeypatch):
    vectors, more, queries = clusters(2000), clusters(1500, 1), clusters(200, 2)
    gallery = Gallery.create(vectors)
    gallery.build_index()
    gallery.save(tmp_path)
    old = gallery._hnsw
    built, judged, recall = [], [], Hnsw._recall
    monkeypatch.setattr(Hnsw, "build", lambda *_: built.append("anew"))
    monkeypatch.setattr(Hnsw, "_recall", lambda self, judges, k: judged.append(min(judges)) or recall(self, judges, k))
    for some in (more[:100], more[100:]):
        gallery = Gallery.open(tmp_path)
        gallery.add(some)
        gallery.save()
    found = Gallery.open(tmp_path)
    assert not built
    assert (found.index.items, found.index.built_of, found.index.queries) == (3500, 2000, 256)
    assert len(judged) == 1 and judged[0] >= 2100  # those who came judged it, where they were enough
    exact, near = found.search(queries), found.search(queries, index="ann")
    shared = [len(set(one) & set(other)) for one, other in zip(exact.items, near.items, strict=True)]
    assert np.mean(shared) / 10 > 0.95
    assert np.mean(found.search(more, 1, index="ann").items[:, 0] == np.arange(2000, 3500)) > 0.98
    assert old.nearest(more, 1)[1].max() < 2000  # the one before knows nothing of them


@pytest.mark.parametrize("change", ["removed", "replaced", "many", "far", "tiny", "gone"])
def test_another_gallery_is_indexed_anew(change, tmp_path):
    """Among them one whose new items lie where float16 would see nothing of them, or whose file is gone."""
    gallery = Gallery.create(np.zeros((60, 16)) if change == "tiny" else clusters(300))
    gallery.build_index()
    if change == "gone":
        gallery.save(tmp_path)
        gallery = Gallery.open(tmp_path)
        (tmp_path / "version-1" / "index.usearch").unlink()
        gallery.add(clusters(1, 1))
    elif change == "far":
        gallery.add(50 * clusters(100, 1))
    elif change == "tiny":
        gallery.add(1e-9 * clusters(50, 1))
    elif change == "many":
        gallery.add(clusters(301, 1))
    else:
        gallery.remove([7])
    if change == "replaced":
        gallery.add(clusters(1, 1))
    found = gallery.build_index()
    assert (found.items, found.built_of) == (len(gallery), None)
    start = 60 if change == "tiny" else 0  # the others are all alike
    items = gallery.search(gallery.vectors[start:], 1, index="ann").items[:, 0]
    assert np.mean(items == np.arange(start, len(gallery))) > 0.95


def test_directions_and_nothing_new_are_taken_in_too():
    gallery = Gallery.create(clusters(1500), metric="cosine_distance")
    gallery.build_index()
    gallery.add(100 * clusters(50, 1))
    assert gallery.build_index().built_of == 1500
    assert "1,550 items, recall@10" in str(gallery) and "of 256 queries, built of 1,500" in str(gallery)
    items = gallery.search(clusters(50, 1), 1, index="ann").items[:, 0]
    assert np.mean(items == np.arange(1500, 1550)) >= 0.98
    gallery.add(clusters(1, 2))
    gallery.remove([1550])
    seen = []
    assert gallery.build_index(lambda *at: seen.append(at)).items == 1550
    assert not seen


def test_building_says_how_far_it_is():
    gallery = Gallery.create(clusters(2000))
    seen = []
    gallery.build_index(lambda *at: seen.append(at))
    assert seen == [(1024, 2000), (1744, 2000), (2000, 2000)]
    gallery.add(clusters(7, 1))
    gallery.build_index(lambda *at: seen.append(at))
    assert seen[3:] == [(2007, 2007)]


def test_other_metadata_leave_the_index_as_it_is(tmp_path, monkeypatch):
    gallery = Gallery.create(clusters(100))
    gallery.build_index()
    gallery.save(tmp_path / "one")
    found = Gallery.open(tmp_path / "one")
    in_a_room_without_usearch(monkeypatch)
    found.metadata = {"n": list(range(100))}
    found.save(tmp_path / "two")
    one, two = (tmp_path / name / "version-1" / "index.usearch" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert Gallery.open(tmp_path / "two").index == gallery.index


def test_a_damaged_index_is_refused_by_name(tmp_path):
    gallery = Gallery.create(clusters(100))
    gallery.save(tmp_path)
    gallery.build_index()
    gallery.save()
    flip(tmp_path / "version-2" / "index.usearch")
    with pytest.raises(ValueError, match=r"version-2/index\.usearch as it was saved.*version=1\)"):
        Gallery.open(tmp_path)


def test_without_usearch_all_else_goes_on(tmp_path, monkeypatch):
    gallery = Gallery.create(clusters(100))
    gallery.build_index()
    gallery.save(tmp_path)
    before = (tmp_path / "version-1" / "index.usearch").read_bytes()
    in_a_room_without_usearch(monkeypatch)
    found = Gallery.open(tmp_path)
    assert found.search(clusters(3)).items.shape == (3, 10)
    found.threshold = 2
    for _ in range(3):  # the version that it came from is gone by then
        found.save()
    assert (tmp_path / "version-4" / "index.usearch").read_bytes() == before
    with pytest.raises(MissingPackage, match=r'Run: pip install "semihard\[ann\]"'):
        found.search(clusters(3), index="ann")
    found.add(clusters(1))
    with pytest.raises(MissingPackage):
        found.save()
    found.drop_index()
    found.save()
    assert Gallery.open(tmp_path).index is None
    with pytest.raises(ValueError, match="`index` to be one of 'exact', 'ann'"):
        found.search(clusters(3), index="hnsw")

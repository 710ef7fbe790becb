"""A gallery in a Lance table: files, versions, and tables that another program wrote."""

import datetime
import json

import numpy as np
import pytest

from semihard._core.runs.lock import locked
from semihard.gallery import Gallery, LanceGallery
from semihard.gallery._lance import _writer as lance_writer
from tests.gallery.test_gallery import points, same
from tests.gallery.test_hnsw import clusters
from tests.gallery.test_versions import flip
from tests.killed import Killed

lancedb = pytest.importorskip("lancedb", reason='Run: pip install "semihard[lance]"')
pa = pytest.importorskip("pyarrow")

HOSTILE = 'it\'s "so"; DROP TABLE x -- '


def written_elsewhere(place, vectors, kind=None, /, name="vector", **columns):
    """A table as lance-ray writes it: vectors as a fixed-size list, columns of their own types."""
    flat = pa.array(np.asarray(vectors).reshape(-1), kind or pa.float32())
    table = {name: pa.FixedSizeListArray.from_arrays(flat, np.shape(vectors)[1]), **columns}
    lancedb.connect(place.parent).create_table(place.stem, pa.table(table))
    return place


def files(path):
    return sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())


@pytest.mark.parametrize("metric", ["euclidean", "cosine_distance"])
@pytest.mark.parametrize("kind", [pa.float32(), pa.float64(), pa.float16()])
def test_a_table_that_another_program_wrote_opens_as_it_is(tmp_path, metric, kind):
    vectors = points(0, 60, 8).astype(kind.to_pandas_dtype()) + 0.25
    paths, labels = [f"o'{place}.png" for place in range(60)], [2**40 + place % 5 for place in range(60)]
    hostile, truth = [place % 3 for place in range(60)], [place % 2 == 0 for place in range(60)]
    score = [place / 8 for place in range(60)]
    columns = {"path": paths, "label": labels, HOSTILE: hostile, "truth": truth, "score": score}
    place = written_elsewhere(tmp_path / "vectors.lance", vectors, kind, **columns, raw=[b""] * 60)
    before = files(place)
    gallery = LanceGallery.open(place, metric=metric, model="f00d", threshold=0.5)
    metadata = {HOSTILE: hostile, "truth": truth, "score": score}
    plain = Gallery.create(vectors, labels, paths, metadata, metric=metric, model="f00d", threshold=0.5)
    same(gallery, plain)
    queries = points(1, 5, 8) + 0.5
    for asked in (
        {},
        {"labels": [2**40 + 1, "x", 2.0**40, 0.5, 2**80]},
        {"where": {HOSTILE: [1, 2.0, "1"], "truth": 1}, "exclude": ["o'1.png", 7]},
        {"where": {"score": [1, 0.5, True, "0"]}},
        {"where": {"truth": ["true", 7]}},
        {"exclude": paths[3:]},
    ):
        assert gallery.search(queries, 20, **asked).to_dict() == plain.search(queries, 20, **asked).to_dict(), asked
    for ours, theirs in zip(gallery.match(queries), plain.match(queries), strict=True):
        assert ours.tolist() == theirs.tolist()
    assert gallery.metadata_of(paths[:1:-1]) == plain.metadata_of(paths[:1:-1])
    gallery.threshold = 0.25
    assert gallery.threshold == 0.25
    for act in (lambda: gallery.add(vectors), lambda: gallery.remove(paths)):
        with pytest.raises(ValueError, match="a table of another program"):
            act()
    assert files(place) == before  # nothing of ours


def test_a_table_of_another_program_is_indexed_and_compacted(tmp_path):
    place = written_elsewhere(tmp_path / "vectors.lance", clusters(600), id=list(range(600)))
    gallery, plain = LanceGallery.open(place), Gallery.create(clusters(600))
    assert gallery.build_index().recall > 0.95 and gallery.index.kind == "Lance IVF_RQ"
    gallery.compact()
    ours, theirs = gallery.search(clusters(20, 1), index="ann"), plain.search(clusters(20, 1))
    assert np.mean(ours.ids == theirs.ids) > 0.95
    with pytest.raises(ValueError, match=r"Expected a label for each item. Received: 600 of 600"):
        gallery.threshold = 1
        gallery.match(clusters(1))


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        ({}, {}, "Expected a column 'id'.*Received: vector"),
        ({"id": [0.5, 1.5]}, {}, "ids of text or whole numbers in 'id'"),
        ({"id": [1, 2], "label": [b"a", b"b"]}, {}, "labels of text, numbers or booleans"),
        ({"id": [1, 2]}, {"labels": "name"}, "Expected a column 'name'"),
        ({"id": [1, 2]}, {"vectors": "id"}, "fixed-size list of floats in 'id'"),
        ({"id": [1, 2]}, {"metric": "cosine"}, "`metric` to be one of"),
    ],
)
def test_columns_that_do_not_fit_are_named(tmp_path, table, options, words):
    written_elsewhere(tmp_path / "some.lance", np.eye(2), **table)
    with pytest.raises(ValueError, match=words):
        LanceGallery.open(tmp_path / "some.lance", **options)


def test_vectors_that_are_missing_or_none_are_not_hidden(tmp_path):
    place = written_elsewhere(tmp_path / "nan.lance", [[np.nan, 1.0], [0.0, 1.0]], id=[0, 1], name="points")
    gallery = LanceGallery.open(place, vectors="points")
    with pytest.raises(ValueError, match="finite"):
        gallery.search([[0.0, 1.0]])
    column = pa.array([[0.0, 1.0], None], pa.list_(pa.float32(), 2))
    lancedb.connect(tmp_path).create_table("null", pa.table({"id": [0, 1], "points": column}))
    with pytest.raises(ValueError, match="a vector in each row"):
        LanceGallery.open(tmp_path / "null.lance", vectors="points").search([[0.0, 1.0]])


@pytest.mark.parametrize("dim", [3, 16])
def test_any_number_of_dimensions_has_an_index(tmp_path, dim):
    gallery = LanceGallery.create(tmp_path, clusters(500, dim=dim))
    assert gallery.build_index().recall > 0.95
    assert gallery.index.kind == ("Lance IVF_RQ" if dim == 16 else "Lance IVF_SQ")


@pytest.mark.parametrize(("shift", "scale"), [(1e4, 1), (0, 1e30), (0, 1e-30)])
def test_an_index_that_sees_little_says_so(tmp_path, shift, scale):
    """Of vectors that are far off, huge or tiny the distances of float32 are all alike; an exact search sees them."""
    vectors = (scale * (clusters(300).astype(np.float64) + shift)).astype(np.float32)
    gallery, plain = LanceGallery.create(tmp_path, vectors), Gallery.create(vectors)
    queries = scale * (clusters(20, 1).astype(np.float64) + shift)
    assert gallery.search(queries).to_dict() == plain.search(queries).to_dict()
    if scale > 1:
        with pytest.raises(ValueError, match="Scale them, or search exactly"):
            gallery.build_index()
        assert gallery.index is None
        return
    about = gallery.build_index()
    ours, theirs = gallery.search(queries, index="ann").items, plain.search(queries).items
    hits = np.mean([len(set(one) & set(other)) for one, other in zip(ours, theirs, strict=True)]) / 10
    assert abs(hits - about.recall) < 0.15


@pytest.mark.filterwarnings("ignore:optimize:UserWarning")  # which is right: nobody reads meanwhile
def test_many_small_additions_are_put_together(tmp_path, monkeypatch):
    monkeypatch.setattr(lance_writer, "_SMALL_FILES", 8)
    gallery = LanceGallery.create(tmp_path, np.zeros((1, 2)))
    for number in range(1, 20):
        gallery.add([[number, 0.0]])
    assert len(list((tmp_path / "items.lance" / "data").iterdir())) > 20  # older versions live on for an hour
    table = lancedb.connect(tmp_path).open_table("items")
    assert table.stats()["fragment_stats"]["num_fragments"] <= 9
    monkeypatch.setattr(lance_writer, "_KEPT", datetime.timedelta(0))
    gallery.remove(range(10))
    gallery.compact()
    assert len(list((tmp_path / "items.lance" / "data").iterdir())) == 1
    assert gallery.ids == list(range(10, 20))
    assert gallery.search([[30.0, 0.0]], 3).ids.tolist() == [[19, 18, 17]]


@pytest.mark.parametrize("place", ["header", "rows"])
@pytest.mark.parametrize("first", [True, False])
def test_ended_between_header_and_rows(tmp_path, monkeypatch, place, first):
    """Numbers may then be given for nothing, but none twice; and nothing else is there."""
    gallery = LanceGallery.create(tmp_path, *([] if first else [np.eye(3), ["a"] * 3]))
    with monkeypatch.context() as patch, pytest.raises(Killed):

        def killed(*_, **__):
            raise Killed

        patch.setattr(f"semihard.gallery._lance._writer.{'write_header' if place == 'header' else 'pairs'}", killed)
        if place == "rows":  # after the header
            keep = lance_writer.LanceWriter.keep
            patch.setattr(lance_writer.LanceWriter, "keep", lambda self, header: keep(self, header) or killed())
        gallery.add(np.ones((2, 5 if first else 3)), ["b", "c"], metadata={"file": ["x", "y"]})
    found = LanceGallery.open(tmp_path)
    count = 0 if first else 3
    assert (len(found), found.dim, found.classes) == (count, None if first else 3, 0 if first else 1)
    assert found.add(np.ones((1, 3)), ["z"])[0] >= count
    assert len(set(found.ids)) == len(found) == count + 1
    assert found.search(np.ones((1, 3)), 1).labels.tolist() == [["z"]]


def test_one_process_writes_at_a_time_and_others_read(tmp_path):
    gallery, other = LanceGallery.create(tmp_path / "a", np.eye(2)), LanceGallery.open(tmp_path / "a")
    with locked(tmp_path / "a"):
        with pytest.raises(BlockingIOError, match="another process is writing"):
            gallery.add(np.eye(2))
        assert len(other.search(np.eye(2)).ids[0]) == 2
    gallery.add(np.eye(2))
    assert len(other.search(np.eye(2)).ids[0]) == 4


def test_a_damaged_header_and_a_wrong_path_are_named(tmp_path):
    LanceGallery.create(tmp_path / "a", np.eye(2))
    with pytest.raises(ValueError, match=r"say that itself. Received: `metric`"):
        LanceGallery.open(tmp_path / "a", metric="euclidean")
    with pytest.raises(ValueError, match="hold no gallery"):
        LanceGallery.create(tmp_path / "a")
    header = json.loads((tmp_path / "a" / "gallery.json").read_text())
    assert header["dim"] == 2 and header["metric"] == "euclidean"
    flip(tmp_path / "a" / "gallery.json")
    with pytest.raises(ValueError, match=r"gallery\.json as it was written.*Restore it"):
        LanceGallery.open(tmp_path / "a")
    for path in (tmp_path / "b", tmp_path):
        with pytest.raises(FileNotFoundError, match=r"Lance table, \*\.lance"):
            LanceGallery.open(path)

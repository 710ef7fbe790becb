"""`semihard.embed`: which pictures, what is written, and what is left out."""

import json
import os
from pathlib import Path

import keras
import numpy as np
import pyarrow.parquet as parquet
import pytest
from PIL import Image

import semihard
from semihard.data import Preprocessing
from semihard.visualization import read_metadata, read_tsv
from semihard.workflows.searching import read_vectors
from semihard.workflows.searching._failed import write_failed
from semihard.workflows.searching.photos import find_photos, rebased
from semihard.workflows.searching.run_files import find_run
from tests.workflows.searching.shapes import shapes, untrained


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return untrained(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_vectors_are_those_of_the_model_and_its_preprocessing(run, here):
    shapes(here / "photos", range(3), each=2)
    Image.new("RGB", (20, 30), "red").save("photos/loose.png")
    embedded = semihard.embed(run, "photos", "vectors.parquet", batch=4)
    assert (embedded.count, embedded.dim, embedded.failed, embedded.note) == (7, 8, [], None)
    found = read_vectors("vectors.parquet")
    assert found.paths == ["photos/loose.png", *(f"photos/shape_{c:02}/{i}.png" for c in range(3) for i in range(2))]
    assert found.labels == [None, *(f"shape_{c:02}" for c in range(3) for _ in range(2))]
    assert found.model == find_run(run).hash == embedded.model
    assert found.root == "photos"
    model, read = keras.models.load_model(run / "model.keras"), Preprocessing.from_json(run / "preprocessing.json")
    expected = model.predict(np.stack([read(path) for path in found.paths]), verbose=0)
    np.testing.assert_allclose(found.vectors, expected, atol=1e-5)
    assert sorted(path.name for path in here.iterdir()) == ["photos", "vectors.parquet"]


def test_the_file_is_plain_parquet(run, here):
    shapes(here / "photos", range(2), each=1)
    (here / "out").mkdir()
    semihard.embed(run, "photos", "out/vectors.parquet")
    table = parquet.read_table("out/vectors.parquet")
    assert [str(field.type) for field in table.schema] == ["string", "string", "fixed_size_list<element: float>[8]"]
    assert table["path"].to_pylist() == ["../photos/shape_00/0.png", "../photos/shape_01/0.png"]
    about = json.loads(table.schema.metadata[b"semihard"])
    assert about["model"] == find_run(run).hash
    assert read_vectors("out/vectors.parquet").paths[0] == "out/../photos/shape_00/0.png"


@pytest.mark.parametrize("size", ["the same", "smaller", "many"])
def test_the_size_of_a_batch_changes_nothing_but_rounding(run, here, size):
    shapes(here / "photos", range(3), each=3)
    batch = {"the same": 64, "smaller": 2, "many": 9}[size]
    semihard.embed(run, "photos", "one.parquet")
    semihard.embed(run, "photos", "other.parquet", batch=batch, workers=1)
    np.testing.assert_allclose(read_vectors("one.parquet").vectors, read_vectors("other.parquet").vectors, atol=1e-6)
    if size == "the same":
        assert (here / "one.parquet").read_bytes() == (here / "other.parquet").read_bytes()


def test_tables_single_files_and_lists(run, here):
    shapes(here / "photos", range(2), each=1)
    (here / "photos" / "table.csv").write_text('path,label\nshape_00/0.png,"a\tb\n🦀"\nshape_01/0.png,\n')
    found = find_photos("photos/table.csv")
    assert found.paths == ["photos/shape_00/0.png", "photos/shape_01/0.png"]
    assert found.labels == ["a\tb\n🦀", None]
    semihard.embed(run, "photos/table.csv", "vectors.parquet")
    assert read_vectors("vectors.parquet").labels == found.labels
    listed = ["photos/shape_00/0.png", "photos/table.csv", "photos"]
    semihard.embed(run, listed, "more.parquet")
    assert read_vectors("more.parquet").labels == [None, *found.labels, "shape_00", "shape_01"]
    semihard.embed(run, iter(listed[:1]), "one.parquet")
    assert read_vectors("one.parquet").labels == [None]


def test_labels_of_a_parquet_table_keep_their_type(run, here):
    import pyarrow as pa

    shapes(here / "photos", range(2), each=1)
    paths = ["photos/shape_00/0.png", str(here / "photos" / "shape_01" / "0.png")]
    parquet.write_table(pa.table({"path": paths, "label": [7, None]}), "table.parquet")
    semihard.embed(run, "table.parquet", "vectors.parquet")
    found = read_vectors("vectors.parquet")
    assert found.labels == [7, None]
    assert found.paths == paths
    semihard.embed(run, "vectors.parquet", "again.parquet")  # which is a table of paths, too
    assert read_vectors("again.parquet").labels == [7, None]


def test_plain_files_hold_the_same(run, here):
    """The .npy is NumPy's, and the .tsv is the projector's; corrupt pictures are left out of both."""
    shapes(here / "photos", range(3), each=2)
    Image.new("RGB", (20, 30), "red").save("photos/loose.png")
    Path("photos/shape_01/0.png").write_text("no picture")
    for out in ("v.parquet", "v.npy", "vecs.tsv"):
        embedded = semihard.embed(run, "photos", out)
        assert (embedded.count, len(embedded.failed)) == (6, 1)
    found = read_vectors("v.parquet")
    np.testing.assert_array_equal(np.load("v.npy"), found.vectors)
    labels = ["(blank)" if label is None else label for label in found.labels]
    for vectors, meta in (("v.npy", "v.npy.meta.tsv"), ("vecs.tsv", "meta.tsv")):
        assert read_metadata(meta) == {"label": labels, "path": found.paths}
        about = json.loads((here / f"{vectors}.json").read_text())
        assert (about["model"], about["dim"]) == (found.model, 8)
    np.testing.assert_array_equal(read_tsv("vecs.tsv", "meta.tsv")[0], found.vectors)
    assert "in v.npy.meta.tsv" in str(semihard.embed(run, "photos", "V.NPY")).lower()


@pytest.mark.parametrize("out", ["v.npy", "v.tsv"])
def test_finished_plain_files_are_left_alone_and_others_refused(run, here, out):
    shapes(here / "photos", range(2), each=1)
    semihard.embed(run, "photos", out)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in here.glob("v*")}
    assert len(before) == 3
    again = semihard.embed(run, "photos", out)
    assert (again.made, again.count, again.dim) == (False, 2, 8)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in here.glob("v*")} == before
    (here / f"{out}.meta.tsv").write_text("mine")
    with pytest.raises(FileExistsError, match="holds something else"):
        semihard.embed(run, "photos", out)
    (here / out).unlink()
    (here / f"{out}.json").unlink()
    with pytest.raises(FileExistsError, match=rf"{out}.meta.tsv, which is there"):
        semihard.embed(run, "photos", out)
    semihard.embed(run, "photos", out, overwrite=True)
    assert {path: path.read_bytes() for path in here.glob("v*")} == {path: old for path, (old, _) in before.items()}


def test_a_device(run, here):
    shapes(here / "photos", range(1), each=1)
    semihard.embed(run, "photos", "auto.npy")
    semihard.embed(run, "photos", "cpu.npy", device="cpu")
    assert Path("auto.npy").read_bytes() == Path("cpu.npy").read_bytes()
    before = sorted(here.rglob("*"))
    with pytest.raises(ValueError, match="Received: device='abacus'"):
        semihard.embed(run, "photos", "new.npy", device="abacus")
    with pytest.raises(ValueError, match="Received: device='abacus'"):
        semihard.index(run, "photos", "gallery", threshold=1.0, device="abacus")
    assert sorted(here.rglob("*")) == before


def unusual(folder):
    """Files of kinds that cameras, designers and careless people make; return the names that cannot be read."""
    folder.mkdir()
    picture = Image.effect_noise((24, 16), 90).convert("RGB")
    picture.convert("CMYK").save(folder / "cmyk.jpg")
    Image.fromarray(np.arange(384, dtype=np.uint16).reshape(16, 24) * 100).save(folder / "sixteen.png")
    frames = [Image.new("RGB", (24, 16), color) for color in ("red", "blue")]
    frames[0].save(folder / "animated.gif", save_all=True, append_images=frames[1:])
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(folder / "rotated.jpg", exif=exif)
    picture.convert("P").save(folder / "palette.png", transparency=3)
    (folder / "text.png").write_text("no picture")
    picture.save(folder / "truncated.png")
    half = (folder / "truncated.png").read_bytes()
    (folder / "truncated.png").write_bytes(half[: len(half) // 2])
    (folder / "empty.png").touch()
    bomb(folder / "bomb.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "gone.png").symlink_to("nowhere.png")
    return {"text.png", "truncated.png", "empty.png", "bomb.png", "pipe.png", "gone.png"}


def bomb(path):
    """A header of 50,000 × 50,000 pixels, with next to nothing in it."""
    import struct
    import zlib

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" * 1000)), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def test_unusual_pictures_are_read_and_corrupt_ones_listed(run, here):
    corrupt = unusual(here / "photos")
    embedded = semihard.embed(run, "photos", "vectors.parquet")
    assert {path.removeprefix("photos/") for path, _ in embedded.failed} == corrupt
    assert embedded.count == 5
    assert "6 of 11 pictures could not be read and are left out: photos/bomb.png (" in embedded.note
    lines = (here / "vectors.parquet.failed.tsv").read_text().splitlines()
    assert lines[0] == "path\treason"
    assert [line.split("\t")[0] for line in lines[1:]] == sorted(f"photos/{name}" for name in corrupt)
    again = semihard.embed(run, "photos", "vectors.parquet")
    assert not again.made
    assert (again.failed, again.count) == (embedded.failed, 5)


def test_names_of_failed_files_stay_in_their_cell(here):
    write_failed(here / "failed.tsv", [("a\tb\nc\\.png", "why")])
    assert (here / "failed.tsv").read_text() == "path\treason\na\\tb\\nc\\\\.png\twhy\n"
    write_failed(here / "failed.tsv", [])
    assert not (here / "failed.tsv").exists()


def test_names_that_are_no_utf8(run, here):
    shapes(here / "photos", range(1), each=1)
    Path("photos/shape_00").rename("photos/\udcff")
    Image.new("RGB", (8, 8)).save("photos/good.png")
    embedded = semihard.embed(run, "photos", "vectors.parquet")
    assert embedded.failed == [("photos/\\udcff/0.png", "its name is no UTF-8: rename it")]
    assert read_vectors("vectors.parquet").labels == [None]


def test_a_finished_file_is_left_alone_and_another_refused(run, here):
    shapes(here / "photos", range(2), each=1)
    semihard.embed(run, "photos", "vectors.parquet")
    before = (here / "vectors.parquet").stat().st_mtime_ns
    again = semihard.embed(run, "photos", "vectors.parquet")
    assert not again.made
    assert "nothing left to do" in str(again)
    assert (here / "vectors.parquet").stat().st_mtime_ns == before
    os.utime("photos/shape_00/0.png", (2**32, 2**32))  # another picture of the same size
    with pytest.raises(FileExistsError, match="overwrite"):
        semihard.embed(run, "photos", "vectors.parquet")
    Image.new("RGB", (8, 8)).save("photos/new.png")
    assert semihard.embed(run, "photos", "vectors.parquet", overwrite=True).count == 3


def test_a_file_of_something_else_is_refused(run, here):
    shapes(here / "photos", range(1), each=1)
    (here / "vectors.parquet").write_text("mine")
    with pytest.raises(FileExistsError, match="holds something else"):
        semihard.embed(run, "photos", "vectors.parquet")
    assert (here / "vectors.parquet").read_text() == "mine"
    (here / "other.parquet.unfinished").mkdir()
    (here / "other.parquet.unfinished" / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="a folder of something else"):
        semihard.embed(run, "photos", "other.parquet")
    assert (here / "other.parquet.unfinished" / "mine.txt").read_text() == "mine"


def test_a_model_file_with_its_preprocessing_is_as_good_as_a_run(run, here):
    shapes(here / "photos", range(1), each=2)
    one = semihard.embed(run, "photos", "one.parquet")
    other = semihard.embed(run / "model.keras", "photos", "other.parquet")
    assert one.model == other.model
    assert (here / "one.parquet").read_bytes() == (here / "other.parquet").read_bytes()


def test_the_hash_is_of_the_model_and_the_preprocessing(run, here):
    assert find_run(untrained(here / "other", seed=1)).hash != find_run(run).hash
    copy = untrained(here / "copy")
    before = find_run(copy).hash
    Preprocessing((16, 16), fit="crop").to_json(copy / "preprocessing.json")
    assert find_run(copy).hash != before


def wrong(case, here, run):
    """(run, data, out) of a case."""
    shapes(here / "photos", range(1), each=1)
    if case == "no run":
        return "nowhere", "photos", "vectors.parquet"
    if case == "no model":
        (here / "run").mkdir()
        return "run", "photos", "vectors.parquet"
    if case == "no preprocessing":
        own = untrained(here / "own")
        (own / "preprocessing.json").unlink()
        return own / "model.keras", "photos", "vectors.parquet"
    if case == "other pictures":
        own = untrained(here / "own")
        Preprocessing((20, 16)).to_json(own / "preprocessing.json")
        return own, "photos", "vectors.parquet"
    if case == "text as model":
        own = untrained(here / "own")
        (own / "model.keras").write_text("no model")
        return own, "photos", "vectors.parquet"
    if case == "lambda":
        own = untrained(here / "own")
        layers = [keras.Input((16, 16, 3)), keras.layers.Flatten(), keras.layers.Lambda(lambda x: x)]
        keras.Sequential(layers).save(own / "model.keras")
        return own, "photos", "vectors.parquet"
    if case == "no data":
        return run, "nowhere", "vectors.parquet"
    if case == "empty":
        (here / "empty").mkdir()
        return run, "empty", "vectors.parquet"
    if case == "nothing readable":
        (here / "text.png").write_text("no picture")
        return run, "text.png", "vectors.parquet"
    if case == "no column":
        (here / "table.csv").write_text("file\na.png\n")
        return run, "table.csv", "vectors.parquet"
    if case == "no path":
        (here / "table.csv").write_text("path,label\n,a\n")
        return run, "table.csv", "vectors.parquet"
    if case == "suffix":
        return run, "photos", "vectors.csv"
    return run, "photos", "nowhere/vectors.parquet"


WRONG = {
    "no run": "Expected a run",
    "no model": "no model.keras and no preprocessing.json",
    "no preprocessing": "no preprocessing.json",
    "other pictures": "of two models",
    "text as model": "Expected a model of Keras 3",
    "lambda": "one with a Lambda layer",
    "no data": "nowhere, which does not exist",
    "empty": "Expected images in empty. Found none",
    "nothing readable": "Received: none. 1 of 1 pictures could not be read",
    "no column": "Expected a column `path` in table.csv",
    "no path": "Line 2 has none",
    "suffix": "to end in .parquet, .npy or .tsv",
    "no directory": "nowhere is none",
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_and_nothing_is_written(run, here, case):
    arguments = wrong(case, here, run)
    before = sorted(here.rglob("*"))
    with pytest.raises((OSError, ValueError), match=WRONG[case]):
        semihard.embed(*arguments)
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize(("data", "kind"), [(7, TypeError), ([], ValueError), ([7], TypeError), ([""], TypeError)])
def test_data_that_are_no_paths(run, here, data, kind):
    with pytest.raises(kind, match="Expected"):
        semihard.embed(run, data, "vectors.parquet")


def test_paths_are_kept_where_the_file_is(here):
    (here / "deep" / "real").mkdir(parents=True)
    (here / "link").symlink_to(here / "deep" / "real")
    kept = rebased("photos/a.png", here / "link")
    assert kept == "../../photos/a.png"
    assert rebased("/photos/a.png", here) == "/photos/a.png"


@pytest.mark.parametrize("how", ["truncated", "text", "other"])
def test_damaged_vectors_are_refused(run, here, how):
    import pyarrow as pa

    shapes(here / "photos", range(1), each=1)
    semihard.embed(run, "photos", "vectors.parquet")
    path = here / "vectors.parquet"
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-20])
    elif how == "text":
        path.write_text("text")
    else:
        parquet.write_table(pa.table({"path": ["a.png"]}), path)
    with pytest.raises(ValueError, match=r"vectors\.parquet"):
        read_vectors(path)

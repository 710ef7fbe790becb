"""A directory of shards as what `embed` writes: what may lie there, what becomes of it, and how it goes on."""

import os
from pathlib import Path

import pytest

import semihard
from semihard.gallery import Gallery
from semihard.workflows.searching import read_vectors
from tests.killed import Killed, killed_at
from tests.workflows.searching.shapes import shapes, untrained


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return untrained(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    """Nine pictures, one of which is corrupt."""
    shapes(tmp_path / "photos", range(3), each=3)
    (tmp_path / "photos" / "shape_01" / "2.png").write_text("no picture")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def test_a_gallery_of_shards_is_that_of_the_file(run):
    embedded = semihard.embed(run, "photos", "out", shard=2)
    assert (embedded.count, embedded.dim, len(embedded.failed)) == (8, 8, 1)
    assert str(embedded) == "Wrote out: 8 vectors of 8 dimensions, each with its path and label."
    assert "All are listed in out.failed.tsv." in embedded.note
    semihard.embed(run, "photos", "one.parquet")
    assert read_vectors("out").vectors == pytest.approx(read_vectors("one.parquet").vectors, abs=1e-6)
    galleries = []
    for vectors in ("out", "one.parquet"):
        semihard.index(run, vectors, f"{vectors}-gallery", threshold=0.5)
        galleries.append(Gallery.open(f"{vectors}-gallery"))
    assert galleries[0].ids == galleries[1].ids
    assert galleries[0].labels == galleries[1].labels


def test_what_is_there(run, here):
    """Done is done; another one is replaced if that is asked for, and anything else never is."""
    semihard.embed(run, "photos", "out", shard=4)
    before = content("out")
    again = semihard.embed(run, "photos", "out", shard=4)
    assert (again.made, again.count, len(again.failed)) == (False, 8, 1)
    with pytest.raises(FileExistsError, match="overwrite"):
        semihard.embed(run, "photos", "out", shard=5)
    assert content("out") == before
    assert semihard.embed(run, "photos", "out", shard=5, overwrite=True).made
    assert len(content("out")) == 3
    for there in ("photos", "file"):
        Path("file").write_text("mine")
        for overwrite in (False, True):
            with pytest.raises(FileExistsError, match=r"holds something else\. Choose another path\.$"):
                semihard.embed(run, "photos", there, overwrite=overwrite)
    (here / "empty").mkdir()
    assert semihard.embed(run, "photos", "empty/").made
    assert not list(here.glob("*.unfinished"))


@pytest.mark.parametrize("overwrite", [False, True])
def test_ended_at_every_write(run, here, monkeypatch, overwrite):
    """Each time that a file, or the directory, takes its place; what was there is there until then."""
    (here / "whole").mkdir()
    semihard.embed(run, "photos", "whole/out", batch=2, shard=4)
    ended = 0
    for after in (False, True):
        for place in range(100):
            folder = here / f"{place} {after}"
            folder.mkdir()
            out = folder / "out"
            if overwrite:
                semihard.embed(run, "photos/shape_00", out, batch=2)
            with monkeypatch.context() as patched:
                killed_at(patched, place, after)
                try:
                    semihard.embed(run, "photos", out, batch=2, shard=4, overwrite=overwrite)
                except Killed:
                    ended += 1
                else:
                    break
            if out.exists():
                assert len(read_vectors(out).paths) in ((3, 8) if overwrite else (8,))
            semihard.embed(run, "photos", out, batch=2, shard=4, overwrite=overwrite)
            assert content(out) == content("whole/out")
            assert not list(folder.glob("*.unfinished"))
    assert ended >= 10  # job, three shards, what they are; before and after


def test_other_pictures_begin_anew_in_another_folder(run, here, monkeypatch):
    """A worker that is left of the first job, and still writes, finds no folder."""
    with monkeypatch.context() as patched:
        killed_at(patched, 1, True)
        with pytest.raises(Killed):
            semihard.embed(run, "photos", "out", batch=2, shard=4)
    (of_the_first,) = (path for path in Path("out.unfinished").iterdir() if path.is_dir())
    assert [path.name for path in of_the_first.iterdir()] == ["part-000000.parquet"]
    os.utime("photos/shape_00/0.png", (2**31, 2**31))
    with monkeypatch.context() as patched:
        killed_at(patched, 1, True)
        with pytest.raises(Killed):
            semihard.embed(run, "photos", "out", batch=2, shard=4)
    assert not of_the_first.exists()

"""`semihard.index` where a gallery is: pictures that are added, galleries that are replaced, whatever ends the call."""

import json
import shutil
import sys

import numpy as np
import pytest

import semihard
from semihard.gallery import Gallery
from semihard.workflows.searching import _parts, _replace
from tests.killed import Killed, killed_at
from tests.workflows.searching.shapes import indexed, shapes, untrained
from tests.workflows.searching.test_index import held_out

CAN_EXCHANGE = sys.platform == "linux"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run, two folders of pictures, and a gallery of the first."""
    folder = indexed(tmp_path_factory.mktemp("made"), classes=3, each=2, threshold=0.5)
    shapes(folder / "more", range(3, 5), each=2)
    (folder / "more" / "shape_04" / "1.png").write_text("no picture")
    return folder


@pytest.fixture(autouse=True)
def here(made, monkeypatch, tmp_path):
    """All beside each other, the gallery a copy."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def items(path="gallery"):
    found = Gallery.open(path)
    return sorted(zip(found.ids, found.labels, found.metadata["file"], found.vectors.tolist(), strict=True))


def test_what_is_added_is_as_if_it_had_been_there(here):
    (here / "gallery" / "notes.txt").write_text("mine")
    added = semihard.index("gallery", "more", "gallery", add=True)
    assert (added.added, added.count, added.classes, added.threshold) == (3, 9, 5, 0.5)
    assert str(added).startswith("Added 3 pictures to gallery: 9 pictures of 5 classes.\nThe threshold stays.\n")
    assert added.note.startswith("1 of 4 pictures could not be read")
    shutil.copytree("more", "photos", dirs_exist_ok=True)
    semihard.index("run", "photos", "whole", threshold=0.5)
    assert [(one, label) for one, label, *_ in items()] == [(one, label) for one, label, *_ in items("whole")]
    # The place in a batch may decide on the last bit.
    np.testing.assert_allclose([one[3] for one in items()], [one[3] for one in items("whole")], atol=1e-6)
    assert semihard.search("gallery", "photos/shape_04/0.png").names == ["shape_04"]
    again = semihard.index("gallery", "more", "gallery", add=True)
    assert (again.made, again.added, again.count, again.failed) == (False, 3, 9, added.failed)
    assert Gallery.open("gallery").version == 2
    assert (here / "gallery" / "notes.txt").read_text() == "mine"
    assert "shape_04/1.png" in (here / "gallery" / "failed.tsv").read_text()


def test_what_is_there_is_not_added_again(here):
    before = items()
    shutil.copytree("photos/shape_01", "more/shape_01")
    with pytest.raises(ValueError, match=r"Received: 'shape_01/0\.png', for one of 2 that it holds"):
        semihard.index("run", "more", "gallery", add=True)
    with pytest.raises(ValueError, match="of two models say nothing"):
        semihard.index(untrained(here / "other", seed=1), "more", "gallery", add=True)
    with pytest.raises(FileNotFoundError, match="to be a gallery"):
        semihard.index("run", "more", "photos", add=True)
    with pytest.raises(ValueError, match="Received: both"):
        semihard.index("run", "more", "gallery", add=True, overwrite=True)
    assert items() == before
    assert not list(here.glob("*.unfinished"))


def test_a_gallery_that_outgrows_its_threshold_says_so(here):
    """Calibrated for three classes; then there are five."""
    held_out(here / "run")
    semihard.index("run", "photos", "own", target_fpir=0.1)
    before = Gallery.open("own").threshold
    added = semihard.index("run", "more", "own", add=True)
    assert "calibrated for 3 labels, and there are 5" in added.said
    assert "target_fpir" in added.said
    assert added.threshold == before
    found = semihard.search("own", "photos/shape_00/0.png")
    assert found.advice in added.said and found.advice in str(found)
    shapes(here / "others", range(5, 6), each=1)
    anew = semihard.index("run", "others", "own", add=True, target_fpir=0.1)
    assert anew.threshold != before
    assert "among these 6 classes" in anew.said
    assert json.loads((here / "own" / "threshold.json").read_text())["gallery"] == 6
    assert semihard.search("own", "photos/shape_00/0.png").advice is None
    shapes(here / "last", range(6, 7), each=1)
    kept = semihard.index("own", "last", "own", add=True, target_fpir=0.1)  # beside which no run is
    assert (kept.threshold, kept.said.endswith("The one before stays.")) == (anew.threshold, True)


def test_a_gallery_is_replaced_and_what_else_is_there_stays(here):
    (here / "gallery" / "notes.txt").write_text("mine")
    semihard.index("gallery", "more", "gallery", add=True)
    semihard.index("gallery", "photos", "gallery", threshold=0.7, overwrite=True)
    found = Gallery.open("gallery")
    assert (len(found), found.threshold, found.version) == (6, 0.7, 1)
    assert sorted(path.name for path in (here / "gallery").iterdir()) == [
        *("index.json", "model.keras", "notes.txt", "preprocessing.json", "version-1")
    ]
    assert not semihard.index("gallery", "photos", "gallery", threshold=0.7, overwrite=True).made
    with pytest.raises(FileExistsError, match="which holds shape_00"):
        semihard.index("run", "more", "photos", overwrite=True)
    (here / "link").symlink_to("gallery")
    semihard.index("run", "photos", "link", threshold=0.8, overwrite=True)
    assert Gallery.open("gallery").threshold == 0.8
    assert (here / "link").is_symlink()


@pytest.mark.parametrize("what", ["add", "overwrite", "overwrite where nothing can be exchanged"])
def test_ended_at_every_step_nothing_is_lost(here, monkeypatch, what):
    """What was there is whole after each end, the old or the new; and the same call does the rest."""
    monkeypatch.setattr(_parts, "PART", 2)
    if "exchanged" in what:
        monkeypatch.setattr(_replace, "exchange", lambda one, other: False)
    options = {"add": True} if what == "add" else {"overwrite": True, "threshold": 0.7}
    old = items()
    (here / "gallery" / "notes.txt").write_text("mine")
    shutil.copytree("gallery", "kept")
    semihard.index("run", "more", "gallery", **options)
    new, ended = items(), 0
    for after in (False, True):
        for place in range(100):
            shutil.rmtree("gallery")
            shutil.copytree("kept", "gallery")
            with monkeypatch.context() as patched:
                killed_at(patched, place, after)
                try:
                    semihard.index("run", "more", "gallery", **options)
                except Killed:
                    ended += 1
                else:
                    break
            if (here / "gallery").exists():
                assert items() in (old, new)
            else:  # between two names
                assert "exchanged" in what or not CAN_EXCHANGE
                assert items("gallery.unfinished/replaced") == old
                assert items("gallery.unfinished/gallery") == new
            semihard.index("run", "more", "gallery", **options)
            assert items() == new
            assert (here / "gallery" / "notes.txt").read_text() == "mine"
            assert not list(here.glob("*.unfinished"))
    assert ended >= 2 * 6


def test_an_index_is_made_kept_up_and_searched(here):
    pytest.importorskip("usearch", reason='Run: pip install "semihard[ann]"')
    with pytest.raises(ValueError, match="Expected a gallery with an approximate index"):
        semihard.search("gallery", "photos", ann=True)
    shutil.rmtree("gallery")
    assert semihard.index("run", "photos", "gallery", threshold=0.5).index is None
    told: list[tuple[str, int, int]] = []
    tell = {"progress": lambda *at: told.append(at)}
    later = semihard.index("run", "photos", "gallery", threshold=0.5, ann=True, **tell)  # of what is there
    assert told == [("indexed", 5, 6), ("indexed", 6, 6)]
    assert later.index.items == 6
    assert "HNSW index of 6 items" in str(later)
    added = semihard.index("gallery", "more", "gallery", add=True)
    assert added.index.items == Gallery.open("gallery").index.items == 9
    exact, found = (semihard.search("gallery", "photos", ann=ann) for ann in (False, True))
    assert found.names == exact.names
    assert found.neighbors.to_dict() == exact.neighbors.to_dict()
    assert (exact.index, found.index) == (None, added.index)
    assert str(found).endswith(f"Approximate: {added.index}.")
    assert json.loads(found.to_json())["index"]["items"] == 9
    semihard.index("run", "photos", "new", threshold=0.5, ann=True, **tell)
    assert list(dict.fromkeys(what for what, _, _ in told[2:])) == ["embedded", "indexed"]
    assert ("embedded", 6, 6) in told and told[-1] == ("indexed", 6, 6)
    assert semihard.search("new", "photos/shape_01/0.png", ann=True).names == ["shape_01"]


def test_an_index_without_usearch_is_refused_before_the_work(here, monkeypatch):
    monkeypatch.setattr("semihard._core.extras.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"semihard\[ann\]"):
        semihard.index("run", "photos", "new", threshold=0.5, ann=True)
    with pytest.raises(ImportError, match=r"semihard\[ann\]"):
        semihard.search("gallery", "photos", ann=True)
    assert not (here / "new").exists()

"""`semihard.search`: names, neighbors, none of these."""

import json
import shutil

import pytest
from PIL import Image

import semihard
from semihard.gallery import Gallery
from tests.workflows.searching.shapes import indexed, untrained


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a run, pictures, and a gallery of them."""
    folder = indexed(tmp_path_factory.mktemp("made"), classes=4, each=3, threshold=0.05)
    Image.new("RGB", (20, 20), "white").save(folder / "stranger.png")
    return folder


@pytest.fixture
def here(made, monkeypatch):
    monkeypatch.chdir(made)
    return made


def test_several_photos(here, tmp_path):
    found = semihard.search("gallery", ["photos/shape_01/2.png", "stranger.png"], k=3, out=tmp_path / "found.png")
    assert found.names == ["shape_01", None]
    assert found.neighbors.ids[0, 0] == "shape_01/2.png"
    assert found.neighbors.distances[0, 0] == pytest.approx(0, abs=1e-3)
    assert found.neighbors.ids.shape == (2, 3)
    text = str(found)
    assert "photos/shape_01/2.png: shape_01" in text
    assert "stranger.png: none of these" in text
    assert "beyond the threshold" in text
    with Image.open(tmp_path / "found.png") as picture:
        assert picture.width > 300


def test_json_says_the_same(here):
    found = semihard.search("gallery", ["photos/shape_01/2.png", "stranger.png"], k=2)
    told = json.loads(found.to_json())
    assert [query["name"] for query in told["queries"]] == found.names
    assert told["queries"][0]["photo"] == "photos/shape_01/2.png"
    assert told["queries"][0]["neighbors"][0]["id"] == "shape_01/2.png"
    assert told["queries"][0]["neighbors"][0]["within"] is True
    assert told["threshold"] == 0.05


def test_a_folder_of_photos_and_the_run_by_name(here):
    found = semihard.search("gallery", "photos", run="run", k=1)
    assert found.names == Gallery.open("gallery").labels
    assert found.photos[0] == "photos/shape_00/0.png"


def test_another_model_is_refused(here, tmp_path):
    with pytest.raises(ValueError, match="of two models say nothing"):
        semihard.search("gallery", "stranger.png", run=untrained(tmp_path / "other", seed=1))


def test_photos_that_cannot_be_read(here, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    found = semihard.search("gallery", ["stranger.png", str(tmp_path / "text.png"), str(tmp_path / "gone.png")])
    assert found.photos == ["stranger.png"]
    assert [reason for _, reason in found.failed][1] == "no such file"
    assert found.note.startswith("2 of 3 pictures could not be read")
    with pytest.raises(ValueError, match="Received: none"):
        semihard.search("gallery", tmp_path / "text.png")


def test_without_a_threshold_or_labels_nothing_is_named(here, tmp_path):
    semihard.index("run", "photos", tmp_path / "one")
    found = semihard.search(tmp_path / "one", "stranger.png")
    assert found.names is None
    assert "has no threshold" in str(found)
    assert "name" not in json.loads(found.to_json())["queries"][0]
    semihard.index("run", "photos/shape_00", tmp_path / "flat", threshold=1.0)
    found = semihard.search(tmp_path / "flat", "stranger.png", out=tmp_path / "found.svg")
    assert found.names is None
    assert "pictures without a label" in str(found)


def test_pictures_that_are_gone_are_named(here, tmp_path):
    """Their tiles say so, as does a line."""
    semihard.index("run", "photos", "relative", threshold=0.05)
    copy = shutil.copytree("relative", tmp_path / "deeper" / "gallery")
    found = semihard.search(copy, "stranger.png", k=4, out=tmp_path / "found.png")
    wrong = f"{copy / Gallery.open(copy).metadata['file'][found.neighbors.items[0, 0]]} (no such file), for one."
    assert str(found).endswith(f"4 of 4 neighbors are drawn without a picture in {tmp_path / 'found.png'}: {wrong}")
    assert found.to_dict()["undrawn"] == found.undrawn
    there = semihard.search("relative", "stranger.png", k=4, out=tmp_path / "found.png")
    assert (there.undrawn, there.neighbors.to_dict()) == (None, found.neighbors.to_dict())
    assert semihard.search(copy, "stranger.png", k=4).undrawn is None  # nothing was to be drawn


def test_a_gallery_without_paths_or_without_a_model(here, tmp_path):
    gallery = Gallery.open("gallery")
    copy = Gallery.create(gallery.vectors, gallery.labels, gallery.ids, model=gallery.model, threshold=1.0)
    copy.save(tmp_path / "copy")
    found = semihard.search(tmp_path / "copy", "stranger.png", k=1, run="run", out=tmp_path / "found.png")
    assert found.undrawn.endswith(f": {found.neighbors.ids[0, 0]} (the gallery has no path).")
    assert (tmp_path / "found.png").is_file()
    with pytest.raises(FileNotFoundError, match="Name the run"):
        semihard.search(tmp_path / "copy", "stranger.png")


def test_damage_is_refused(here, tmp_path):
    with pytest.raises(FileNotFoundError, match="to be a gallery"):
        semihard.search(tmp_path / "nowhere", "stranger.png")
    copy = shutil.copytree(here / "gallery", tmp_path / "gallery")
    with (copy / "model.keras").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ValueError, match="that made the vectors of"):
        semihard.search(copy, "stranger.png")
    vectors = copy / "version-1" / "vectors.npy"
    vectors.write_bytes(vectors.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"vectors\.npy as it was saved"):
        semihard.search(copy, "stranger.png")


@pytest.mark.parametrize(("options", "kind"), [({"k": 0}, ValueError), ({"out": "nowhere/a.png"}, OSError)])
def test_wrong_options(here, options, kind):
    with pytest.raises(kind, match="Expected"):
        semihard.search("gallery", "stranger.png", **options)

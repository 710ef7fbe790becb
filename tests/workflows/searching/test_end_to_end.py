"""From a folder of pictures to a search result, on real files: from Python and on the command line."""

import json
import re
import shutil

import keras
import pytest

import semihard
from semihard import cli
from semihard.gallery import Gallery
from tests.workflows.searching.shapes import shapes

pytestmark = pytest.mark.usefixtures("no_pictures")

CLASSES, STRANGERS = range(40), range(40, 48)
TRAINING = {"test_fraction": 0.5, "size": 32, "epochs": 8, "batch": 40, "augment": "flip", "map": "none", "seed": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Pictures of forty classes, new ones of the same, strangers, a run, and a gallery: in Python."""
    folder = tmp_path_factory.mktemp("made")
    shapes(folder / "photos", CLASSES, each=8)
    for number in CLASSES:
        new = folder / "new" / f"shape_{number:02}"
        new.mkdir(parents=True)
        (folder / "photos" / new.name / "7.png").rename(new / "7.png")
    shapes(folder / "strangers", STRANGERS, each=2)
    semihard.train(folder / "photos", folder / "run", **TRAINING)
    semihard.index(folder / "run", folder / "photos", folder / "gallery", target_fpir=0.2)
    return folder


@pytest.fixture
def here(made, monkeypatch):
    monkeypatch.chdir(made)
    monkeypatch.setenv("KERAS_BACKEND", keras.backend.backend())
    return made


def test_new_pictures_get_their_name_and_strangers_none(here):
    found = semihard.search("gallery", "new", k=3)
    right = [name == path.split("/")[1] for name, path in zip(found.names, found.photos, strict=True)]
    assert sum(right) > 0.6 * len(right)
    strangers = semihard.search("gallery", "strangers")
    assert sum(name is None for name in strangers.names) > 0.6 * len(strangers.names)


def test_the_threshold_comes_from_classes_that_training_never_saw(here):
    gallery = Gallery.open("gallery")
    assert len(gallery) == 280
    assert "target_fpir=0.2, gallery=40" in str(gallery)
    told = json.loads((here / "gallery" / "threshold.json").read_text())
    assert told["judged"] in ("held out", "left out", "in sample")


def test_the_same_in_three_commands(here, tmp_path, capsys):
    """The vectors are those of Python, byte for byte; so are the names."""
    options = [word for name, value in TRAINING.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    run, gallery, picture = (str(tmp_path / name) for name in ("run", "gallery", "found.png"))
    assert cli.main(["train", "photos", "--out", run, *options]) == 0
    assert cli.main(["index", run, "photos", "--out", gallery, "--target-fpir", "0.2"]) == 0
    capsys.readouterr()
    photos = ["strangers/shape_44/0.png", "new/shape_03/7.png"]
    assert cli.main(["search", gallery, *photos, "-k", "5", "--out", picture]) == 0
    out = capsys.readouterr().out
    expected = semihard.search("gallery", photos).names
    for photo, name in zip(photos, expected, strict=True):
        assert f"{photo}: {name or 'none of these'}\n" in out
    assert re.search(r"rank +euclidean +label +id", out)
    assert (tmp_path / "found.png").stat().st_size > 1000


def test_vectors_first(here, tmp_path, capsys):
    vectors, gallery = str(tmp_path / "vectors.parquet"), str(tmp_path / "gallery")
    assert cli.main(["embed", "run", "photos", "--out", vectors]) == 0
    assert "280 vectors of 128 dimensions" in capsys.readouterr().out
    assert cli.main(["index", "run", vectors, "--out", gallery, "--target-fpir", "0.2"]) == 0
    ours, theirs = Gallery.open(gallery), Gallery.open("gallery")
    assert ours.ids == theirs.ids
    assert ours.vectors.tobytes() == theirs.vectors.tobytes()
    assert ours.threshold == theirs.threshold


def test_a_gallery_alone_is_enough(here, tmp_path, capsys):
    copy = shutil.copytree("gallery", tmp_path / "gallery")
    shutil.copy("new/shape_03/7.png", tmp_path / "photo.png")
    assert cli.main(["search", str(copy), str(tmp_path / "photo.png"), "--json", "-k", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["queries"][0]["name"] == semihard.search("gallery", "new/shape_03/7.png").names[0]


def test_a_bundle_decides_as_the_run(here, tmp_path):
    """Judged on the pictures that the run has held out."""
    exported = semihard.export("run", tmp_path / "bundle", gallery="gallery")
    assert "140 pictures that the run has held out" in str(exported)
    for parity in exported.parity.values():
        assert parity.largest < 1e-5
        assert (parity.neighbors.flipped, parity.names.flipped) == (0, 0)
    bundle = semihard.workflows.exporting.Bundle.open(tmp_path / "bundle")
    photos = ["new/shape_03/7.png", "strangers/shape_44/0.png"]
    names = [bundle.gallery.match(bundle.embed(bundle.preprocessing(photo)[None])).labels[0] for photo in photos]
    assert names == semihard.search("gallery", photos).names

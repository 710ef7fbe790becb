"""`semihard.index`: a gallery of pictures, with its model and its threshold."""

import shutil

import numpy as np
import pytest
from PIL import Image

import semihard
from semihard.gallery import Gallery
from semihard.visualization import write_tsv
from semihard.workflows.searching import read_vectors
from semihard.workflows.searching._threshold import threshold_of_run
from semihard.workflows.searching.run_files import find_run
from semihard.workflows.training.config import write_config
from tests.workflows.searching.shapes import shapes, untrained


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return untrained(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def held_out(run, split="class", classes=30, each=10, apart=1.0):
    """Give a run vectors that it held out."""
    labels = np.repeat(np.arange(classes), each)
    rng = np.random.default_rng(0)
    vectors = apart * rng.normal(size=(classes, 8))[labels] + 0.2 * rng.normal(size=(len(labels), 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    paths = [f"{number}.png" for number in range(len(labels))]
    write_tsv(vectors.astype("float32"), {"label": labels, "path": paths}, run)
    write_config(run / "config.toml", {"split": split})
    return run


def test_a_gallery_holds_all_that_a_search_needs(run, here):
    shapes(here / "photos", range(3), each=2)
    indexed = semihard.index(run, "photos", "gallery", threshold=0.5)
    assert (indexed.count, indexed.classes, indexed.threshold) == (6, 3, 0.5)
    assert sorted(path.name for path in here.iterdir()) == ["gallery", "photos"]
    assert sorted(path.name for path in (here / "gallery").iterdir()) == [
        *("index.json", "model.keras", "preprocessing.json", "version-1")
    ]
    gallery = Gallery.open("gallery")
    assert gallery.ids == [f"shape_{c:02}/{i}.png" for c in range(3) for i in range(2)]
    assert gallery.labels == [f"shape_{c:02}" for c in range(3) for _ in range(2)]
    assert gallery.metadata["file"][0] == "../photos/shape_00/0.png"
    assert gallery.model == find_run(run).hash == find_run("gallery").hash


def test_vectors_do_as_well(run, here):
    shapes(here / "photos", range(3), each=2)
    Image.new("RGB", (8, 8)).save("photos/loose.png")
    semihard.embed(run, "photos", "vectors.parquet")
    semihard.index(run, "vectors.parquet", "one", threshold=0.5)
    semihard.index(run, "photos", "other", threshold=0.5)
    for name in ("items.json", "vectors.npy"):
        ours, theirs = (here / place / "version-1" / name for place in ("one", "other"))
        assert ours.read_bytes() == theirs.read_bytes() or name == "items.json"
    one, other = Gallery.open("one"), Gallery.open("other")
    assert one.ids == other.ids
    assert one.ids[-1] == "loose.png"
    assert one.labels[-1] is None
    again = semihard.index(run, "vectors.parquet", "one", threshold=0.5)
    assert not again.made


def test_no_folder_is_left_of_a_failure(run, here):
    (here / "text.png").write_text("no picture")
    with pytest.raises(ValueError, match="pictures that can be read"):
        semihard.index(run, "text.png", "new/gallery")
    assert not (here / "new").exists()


def test_vectors_of_another_model_are_refused(run, here):
    shapes(here / "photos", range(2), each=1)
    semihard.embed(untrained(here / "other", seed=1), "photos", "vectors.parquet")
    with pytest.raises(ValueError, match="of two models say nothing"):
        semihard.index(run, "vectors.parquet", "gallery")
    assert not (here / "gallery").exists()


def test_the_threshold_is_that_of_classes_that_training_never_saw(here):
    own = held_out(untrained(here / "run"))
    shapes(here / "photos", range(5), each=1)
    indexed = semihard.index(own, "photos", "gallery", target_fpir=0.05)
    assert indexed.threshold == pytest.approx(Gallery.open("gallery").threshold)
    assert indexed.said.startswith("Threshold ")
    assert "get a name among these 5 classes" in indexed.said
    assert "on 30 classes that training never saw, and that have chosen the best epoch, judged" in indexed.said
    assert (here / "gallery" / "threshold.json").is_file()


def test_classes_that_have_chosen_nothing_are_told_from_those_that_have(here):
    own = held_out(untrained(here / "run"))
    write_config(own / "config.toml", {"split": "class", "val_fraction": 0.1})
    assert "on 30 classes that training never saw, judged" in threshold_of_run(own, 5, 0.05)[1]


def test_too_few_classes_say_what_they_can(here):
    own = held_out(untrained(here / "run"), classes=6, each=4)
    found, said = threshold_of_run(own, 5, 0.01)
    assert found is None
    # 24 searches among 5 others are 120 comparisons; 10 wrong ones in a gallery of 5 take 50 / target.
    assert "make 120, which support a target_fpir of 0.42." in said
    assert threshold_of_run(own, 5, 0.42)[0] is not None
    assert threshold_of_run(own, 5, 0.41)[0] is None


@pytest.mark.parametrize(
    ("split", "classes", "said"),
    [
        ("sample", 5, "held out pictures of known classes"),
        (None, 5, "no vectors of classes"),
        ("class", 0, "no labels"),
    ],
)
def test_no_threshold_is_said_plainly(here, split, classes, said):
    own = untrained(here / "run")
    if split is not None:
        held_out(own, split)
    found, line = threshold_of_run(own, classes, 0.05)
    assert found is None
    assert line.startswith("No threshold: ")
    assert said in line


def test_corrupt_pictures_are_listed(run, here):
    shapes(here / "photos", range(2), each=2)
    (here / "photos" / "shape_00" / "0.png").write_text("no picture")
    indexed = semihard.index(run, "photos", "gallery", threshold=1.0)
    assert indexed.count == 3
    assert "1 of 4 pictures could not be read" in indexed.note
    assert (here / "gallery" / "failed.tsv").read_text().splitlines()[1].startswith("photos/shape_00/0.png\t")
    again = semihard.index(run, "photos", "gallery", threshold=1.0)
    assert (again.made, again.failed, again.classes) == (False, indexed.failed, 2)


def test_what_is_there_is_not_written_over(run, here):
    shapes(here / "photos", range(2), each=2)
    semihard.index(run, "photos", "gallery", threshold=1.0)
    before = {path: path.read_bytes() for path in (here / "gallery").rglob("*") if path.is_file()}
    for options in ({"threshold": 2.0}, {"target_fpir": 0.5}):
        with pytest.raises(FileExistsError, match=r"holds index\.json"):
            semihard.index(run, "photos", "gallery", **options)
    with pytest.raises(FileExistsError, match=r"holds model\.keras"):
        semihard.index(run, "photos", run)
    with pytest.raises(NotADirectoryError):
        semihard.index(run, "photos", "photos/shape_00/0.png")
    assert {path: path.read_bytes() for path in (here / "gallery").rglob("*") if path.is_file()} == before
    (here / "empty").mkdir()
    assert semihard.index(run, "photos", "empty/", threshold=1.0).made


def test_a_picture_twice_is_refused(run, here):
    shapes(here / "photos", range(2), each=1)
    (here / "table.csv").write_text("path,label\nphotos/shape_00/0.png,a\nphotos/shape_00/0.png,b\n")
    with pytest.raises(ValueError, match=r"'photos/shape_00/0\.png' more than once"):
        semihard.index(run, "table.csv", "gallery")


def test_labels_stay_what_they_are(run, here):
    names = ["a\tb", "line\nend", "🦀", "<b>"]
    for name in names:
        shapes(here / "photos", range(1), each=1)
        (here / "photos" / "shape_00").rename(here / "photos" / name)
    semihard.embed(run, "photos", "vectors.parquet")
    semihard.index(run, "vectors.parquet", "gallery", threshold=1.0)
    assert sorted(Gallery.open("gallery").labels) == sorted(names) == sorted(read_vectors("vectors.parquet").labels)


@pytest.mark.parametrize("options", [{"target_fpir": 0}, {"target_fpir": 1.5}, {"threshold": -1}, {"batch": 0}])
def test_options_out_of_their_range(run, here, options):
    shapes(here / "photos", range(1), each=1)
    with pytest.raises(ValueError, match="Expected"):
        semihard.index(run, "photos", "gallery", **options)
    assert sorted(path.name for path in here.iterdir()) == ["photos"]


def test_the_run_may_go(here):
    own = untrained(here / "run")
    shapes(here / "photos", range(2), each=1)
    semihard.index(own, "photos", "gallery", threshold=0.5)
    shutil.rmtree(own)
    (here / "gallery").rename(here / "elsewhere")
    found = semihard.search("elsewhere", "photos/shape_01/0.png")
    assert found.names == ["shape_01"]

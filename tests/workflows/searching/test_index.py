"""`semihard.index`: a gallery of pictures, with its model and its threshold."""

import shutil

import numpy as np
import pytest
from PIL import Image

import semihard
from semihard.gallery import Gallery
from semihard.visualization import read_tsv, write_tsv
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


def gallery_of(classes, each=2, names=str):
    """Vectors around the same points as those that are held out, and others."""
    labels = np.repeat(np.arange(classes), each)
    vectors = np.random.default_rng(0).normal(size=(classes, 8))[labels]
    vectors += 0.2 * np.random.default_rng(1).normal(size=vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Gallery.create(vectors.astype("float32"), [names(label) for label in labels])


def test_classes_that_have_chosen_nothing_are_told_from_those_that_have(here):
    own = held_out(untrained(here / "run"))
    write_config(own / "config.toml", {"split": "class", "val_fraction": 0.1})
    assert "on 30 classes that training never saw, judged" in threshold_of_run(own, gallery_of(5), 0.05)[1]


def test_held_out_classes_look_for_all_of_the_gallery_but_their_own(here):
    """Whatever type their labels have in the gallery."""
    own, gallery = held_out(untrained(here / "run"), classes=40, each=5), gallery_of(100)
    found, said = threshold_of_run(own, gallery, 0.1)
    assert (found.gallery, found.measured) == (100, 100)
    assert "get a name among these 100 classes; of pictures of one of them, " in said
    # 200 searches of 40 classes; those that find another class, by loops.
    vectors, labels = read_tsv(own / "vecs.tsv", own / "meta.tsv", column="label")
    wrong = 0
    for vector, label in zip(vectors, labels, strict=True):
        others = gallery.vectors[np.array(gallery.labels) != str(label)]
        wrong += np.linalg.norm(others - vector, axis=1).min() <= found.threshold
    # In the gallery of 99 others; of 100 it is at most so much more.
    assert found.fitted["fpir"] == pytest.approx(wrong / 200 * 100 / 99)
    assert wrong / 200 <= 0.1 < (wrong + 3) / 200
    assert threshold_of_run(own, gallery_of(100, names=int), 0.1)[0].threshold == found.threshold


def test_pictures_under_another_label_are_no_strangers(here):
    own = held_out(untrained(here / "run"), each=10)
    vectors, labels = read_tsv(own / "vecs.tsv", own / "meta.tsv", column="label")
    gallery = Gallery.create(vectors, [f"new name of {label}" for label in labels])
    found, said = threshold_of_run(own, gallery, 0.1)
    assert said.endswith("\nThey look for each other: 300 of their pictures lie in the gallery under another label.")
    assert (found.gallery, found.measured) == (30, 29)
    assert found.threshold > 0.1  # as far as from another class


def test_too_few_pictures_say_what_they_support(here):
    own, gallery = held_out(untrained(here / "run"), classes=6, each=4), gallery_of(9)
    found, said = threshold_of_run(own, gallery, 0.01)
    assert (found, said.startswith("No threshold: Expected a `target_fpir`")) == (None, True)
    # 24 searches among 8 others are 192 comparisons; 10 wrong ones in a gallery of 9 take 90 / target.
    assert "there are 192, 24 searches among 8 others, which support 0.47" in said
    assert threshold_of_run(own, gallery, 0.47)[0] is not None
    assert threshold_of_run(own, gallery, 0.46)[0] is None


def test_without_a_target_it_is_what_the_held_out_classes_support(here):
    """In words, with the reason, and how to get a lower one."""
    own, gallery = held_out(untrained(here / "run"), classes=18, each=20), gallery_of(73)
    found, said = threshold_of_run(own, gallery, None)
    # Without one of 18 classes, 340 searches among 72 others are 24,480 comparisons: 730 / 24,480 is 0.0298.
    assert found.criterion == "target_fpir=0.03, gallery=73"
    assert found.judged == "left out"
    assert "No target_fpir was given: FPIR 0.01 in a gallery of 73 needs 73,000 comparisons" in said
    assert "there are 24,480, 340 searches among 72 others, which support 0.03. For a lower one train on more" in said
    enough, said = threshold_of_run(held_out(own, classes=60, each=20), gallery, None)
    assert (enough.criterion, "No target_fpir" in said) == ("target_fpir=0.01, gallery=73", False)
    none, said = threshold_of_run(held_out(own, classes=5, each=4), gallery, None)
    assert (none, "support a `target_fpir` of 0.25 or less" in said) == (None, True)
    assert "which support 0.64" in said  # of 16 searches


def test_an_index_without_a_target_names_what_it_can(here):
    own = held_out(untrained(here / "run"), classes=20, each=10)
    shapes(here / "photos", range(5), each=2)
    indexed = semihard.index(own, "photos", "gallery")
    assert indexed.threshold is not None
    assert "No target_fpir was given" in str(indexed)
    assert "target_fpir=0.06, gallery=5" in str(Gallery.open("gallery"))
    assert not semihard.index(own, "photos", "gallery").made


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
    gallery = gallery_of(5) if classes else Gallery.create([[0.0]])
    found, line = threshold_of_run(own, gallery, 0.05)
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

"""Readers of the standard sets: what each makes of its layout, and what is said of another one."""

import sys
from collections import Counter

import numpy as np
import pytest
from scipy.io import savemat

from semihard import datasets, evaluation
from semihard.data import ImageFiles
from tests.datasets import layouts

READERS = ["omniglot", "cub", "sop", "in_shop", "market1501", "cars"]
pytestmark = pytest.mark.filterwarnings("ignore:Other numbers of images")


@pytest.fixture(params=READERS)
def name(request):
    return request.param


def read(name, root, layout=None):
    return getattr(datasets, name)((layout or getattr(layouts, name))(root))


def test_paths_labels_and_split_go_into_image_files(name, tmp_path):
    table = read(name, tmp_path)
    table.to_csv(tmp_path / "table.csv")
    images = ImageFiles(tmp_path / "table.csv", (4, 4))
    assert images.paths == table.paths
    assert images.labels == [str(label) for label in table.labels]
    assert set(images.split) == {"train", "test"}


def test_no_class_is_in_training_and_test(name, tmp_path):
    table = read(name, tmp_path)
    assert not {*table.where(split="train").labels} & {*table.where(split="test").labels}


def test_omniglot(tmp_path):
    table = read("omniglot", tmp_path)
    assert str(table) == "12 images: train 8 of 4 classes, test 4 of 2 classes"
    assert table.labels[0] == "Greek/character01"
    assert {*table.where(split="test").columns["alphabet"]} == {"Ge_ez"}
    assert {*table.columns["drawer"]} == {1, 20}


def test_cub(tmp_path):
    """The first hundred classes train, whatever their names are."""
    table = read("cub", tmp_path)
    assert {*table.where(split="train").labels} == {"001.Black_footed_Albatross", "100.Brown_Pelican"}
    assert {*table.where(split="test").labels} == {"101.White_Pelican", "200.Wren"}
    assert table.paths[0] == tmp_path / "images" / "001.Black_footed_Albatross" / "Black_footed_Albatross_0001.jpg"


def test_sop(tmp_path):
    table = read("sop", tmp_path)
    assert str(table) == "6 images: train 4 of 2 classes, test 2 of 1 classes"
    assert table.columns["superclass"] == ["bicycle"] * 2 + ["toaster"] * 2 + ["bicycle"] * 2
    assert table.labels == ["1", "1", "2", "2", "11319", "11319"]


@pytest.mark.parametrize("listed", ["Eval/list_eval_partition.txt", "list_eval_partition.txt"])
@pytest.mark.parametrize("images", ["Img", "."])
def test_in_shop(tmp_path, listed, images):
    table = datasets.in_shop(layouts.in_shop(tmp_path, listed, images))
    assert table.columns["role"] == ["train", "train", "query", "gallery"]
    assert table.columns["superclass"] == ["WOMEN/Dresses"] * 2 + ["MEN/Denim"] * 2
    assert table.where(role="query").paths == [tmp_path / images / layouts.IN_SHOP[2][0]]
    assert table.where(role="gallery").labels == ["id_00000080"]


@pytest.mark.parametrize("layout", [layouts.cars, layouts.cars_in_parts])
def test_cars(tmp_path, layout):
    """The first 98 classes train, of both halves of the classifiers' split."""
    table = read("cars", tmp_path, layout)
    assert Counter(table.labels) == {name: 2 for name, _ in layouts.CARS}
    assert {*table.where(split="test").labels} == {"Ford Focus 2007"}
    assert all(path.is_file() for path in table.paths)


def test_market_leaves_junk_out_and_keeps_distractors_apart(tmp_path):
    table = read("market1501", tmp_path)
    assert Counter(table.columns["role"]) == {"train": 3, "query": 2, "gallery": 4, "distractor": 1}
    assert table.where(role="distractor").labels == [0]
    assert table.where(role="query").columns["camera"] == [1, 4]
    assert {*table.where(role="train").labels} == {2, 7}


def test_market_is_searched_across_cameras(tmp_path):
    """Recall@1 and MAP@R with the ids, against the protocol in a loop."""
    table = read("market1501", tmp_path)
    queries, gallery = table.where(role="query"), table.where(role=["gallery", "distractor"])
    rng = np.random.default_rng(0)
    for _ in range(20):
        vectors, others = rng.normal(size=(len(queries), 3)), rng.normal(size=(len(gallery), 3))
        report = evaluation.evaluate(
            vectors,
            queries.labels,
            gallery=others,
            gallery_labels=gallery.labels,
            ids=queries.ids,
            gallery_ids=gallery.ids,
            resamples=0,
        )
        recall, precision = [], []
        for vector, person, camera in zip(vectors, queries.labels, queries.columns["camera"], strict=True):
            order = [
                gallery.labels[item] == person
                for item in np.argsort(np.linalg.norm(others - vector, axis=1))
                if (gallery.labels[item], gallery.columns["camera"][item]) != (person, camera)
            ]
            relevant = sum(order)
            recall.append(order[0])
            precision.append(sum(order[k] * sum(order[: k + 1]) / (k + 1) for k in range(relevant)) / relevant)
        assert report.figures["recall_at_1"].value == pytest.approx(np.mean(recall))
        assert report.figures["map_at_r"].value == pytest.approx(np.mean(precision))


@pytest.mark.filterwarnings("default:Other numbers of images")
def test_other_numbers_than_the_published_ones_are_warned_of(name, tmp_path):
    """Each part of the tiny copies is too small; the sentence has both numbers."""
    with pytest.warns(UserWarning, match=r"train \d+ of \d+ instead of [\d,]+ of [\d,]+; .*cannot be compared") as told:
        read(name, tmp_path)
    assert told[0].filename == __file__


def test_the_published_numbers():
    """As the papers and the sets' pages have them: 32,460 drawings of 1,623 characters, 11,788 birds, and so on."""
    sums = {}
    for reader in READERS:
        published = sys.modules[f"semihard.datasets._{reader}"].PUBLISHED
        sums[reader] = sum(images for images, _ in published.values())
    assert sums.pop("market1501") == 32_668 + 3_368 - 3_819  # detections and queries, without junk
    assert sums == {"omniglot": 32_460, "cub": 11_788, "sop": 120_053, "in_shop": 52_712, "cars": 16_185}


@pytest.mark.parametrize("name", READERS)
def test_a_folder_of_something_else(name, tmp_path):
    reader = getattr(datasets, name)
    with pytest.raises(FileNotFoundError, match=r"Expected .* in .*nowhere: .*Received: no such folder"):
        reader(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"Expected .* a folder that holds .* Received: no .* Name the folder"):
        reader(tmp_path)


NAMES = layouts.names_of_cars()
LISTED = ["cub", "sop", "in_shop", "cars"]


@pytest.mark.parametrize("name", LISTED)
def test_an_image_that_is_missing_is_named(name, tmp_path):
    getattr(layouts, name)(tmp_path)
    file = sorted(path for path in tmp_path.rglob("*") if path.suffix.lower() == ".jpg")[0]
    file.unlink()
    with pytest.raises(FileNotFoundError, match=rf"Expected the \d images .* Missing are 1, as .*{file.name}"):
        getattr(datasets, name)(tmp_path)


@pytest.mark.parametrize(
    ("name", "file", "text", "said"),
    [
        ("cub", "images.txt", "1 a b\n", r"Expected image path in each line .* '1 a b' in line 1"),
        ("cub", "image_class_labels.txt", "1 7\n", r"Expected a class of image 1 .* Received: 7"),
        ("cub", "image_class_labels.txt", "9 1\n", r"Expected a class of image 1 .* Received: none"),
        ("cub", "classes.txt", "one 001.a\n", r"Expected a class of image 1 .* Received: 1"),
        (
            "sop",
            "Ebay_test.txt",
            "image_id class_id\n1 2\n",
            r"Expected image_id class_id super_class_id path .* line 2",
        ),
        ("in_shop", "Eval/list_eval_partition.txt", "1\nheader\na b c\n", r"evaluation_status .* Received: 'c'"),
        ("in_shop", "Eval/list_eval_partition.txt", "1\nheader\na b\n", r"Expected image_name item_id .* in line 3"),
        ("cars", "cars_annos.mat", "text", r"Expected .*cars_annos\.mat to be a file of MATLAB"),
    ],
)
def test_a_list_of_something_else(tmp_path, name, file, text, said):
    getattr(layouts, name)(tmp_path)
    (tmp_path / file).write_text(text)
    with pytest.raises(ValueError, match=said):
        getattr(datasets, name)(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"other": 1}, r"Expected a variable class_names in"),
        ({"class_names": NAMES}, r"Expected a variable annotations in"),
        (
            {"class_names": NAMES, "annotations": layouts.annotations([("a.jpg", 1)], "fname")},
            r"Expected annotations with relative_im_path and class",
        ),
        (
            {
                "class_names": NAMES,
                "annotations": layouts.annotations([("a", 197)], "relative_im_path"),
            },
            r"Expected classes from 1 to 196 .* Received: 197",
        ),
    ],
)
def test_a_file_of_matlab_of_something_else(tmp_path, content, said):
    layouts.cars(tmp_path)
    savemat(tmp_path / "cars_annos.mat", content)
    with pytest.raises(ValueError, match=said):
        datasets.cars(tmp_path)


@pytest.mark.parametrize(
    ("name", "file"),
    [("omniglot", "images_background/Greek/character01/a.png"), ("market1501", "query/person.jpg")],
)
def test_an_image_of_another_name(tmp_path, name, file):
    getattr(layouts, name)(tmp_path)
    layouts.image(tmp_path / file)
    with pytest.raises(ValueError, match=rf"Expected images with names as .* Received: .*{file}\. Remove it"):
        getattr(datasets, name)(tmp_path)


@pytest.mark.parametrize(("name", "folder"), [("omniglot", "images_evaluation"), ("market1501", "query")])
def test_an_empty_folder(tmp_path, name, folder):
    getattr(layouts, name)(tmp_path)
    for file in [path for path in (tmp_path / folder).rglob("*") if path.is_file()]:
        file.unlink()
    with pytest.raises(ValueError, match=rf"Expected images .* in .*{folder}\. Found none"):
        getattr(datasets, name)(tmp_path)


def test_cars_ask_for_scipy(tmp_path, monkeypatch):
    layouts.cars(tmp_path)
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    with pytest.raises(ImportError, match=r"Expected scipy to be installed\. .* pip install scipy"):
        datasets.cars(tmp_path)

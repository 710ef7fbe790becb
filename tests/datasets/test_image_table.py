"""Tables of image files: choosing rows, classes for validation, and the file that training takes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from semihard.data import ImageFiles
from semihard.datasets import ImageTable


def made(n=12):
    return ImageTable(
        paths=[Path(f"/{place}.jpg") for place in range(n)],
        labels=[place // 2 for place in range(n)],
        split=["train" if place < n // 2 else "test" for place in range(n)],
        columns={"camera": [place % 3 for place in range(n)]},
        ids=[f"id {place}" for place in range(n)],
    )


@given(st.sets(st.integers(0, 2), min_size=1), st.sampled_from(["train", "test"]))
def test_where_is_a_filter(cameras, part):
    table = made()
    found = table.where(camera=cameras, split=part)
    places = [n for n in range(12) if n % 3 in cameras and table.split[n] == part]
    assert found.paths == [table.paths[n] for n in places]
    assert found.labels == [table.labels[n] for n in places]
    assert found.ids == [table.ids[n] for n in places]
    assert found.columns["camera"] == [n % 3 for n in places]
    assert set(found.split) == {part}


def test_where_says_what_there_is():
    assert made().where(labels=3).paths == [Path("/6.jpg"), Path("/7.jpg")]
    with pytest.raises(ValueError, match=r"Expected `column` to be one of 'split', 'labels', 'camera'\. .*'kamera'"):
        made().where(kamera=1)
    with pytest.raises(ValueError, match=r"Expected images with camera 7\. Found none\. The column holds: 0, 1, 2\."):
        made().where(camera=7)


@given(st.integers(0, 5), st.floats(0.1, 0.9))
def test_validation_takes_whole_classes_of_the_training(seed, fraction):
    table = made(400)
    split = table.with_validation(fraction, seed).split
    assert split[200:] == ["test"] * 200
    of_class = [set(split[n : n + 2]) for n in range(0, 200, 2)]
    assert all(len(parts) == 1 for parts in of_class)
    held = sum(parts == {"val"} for parts in of_class)
    assert abs(held - 100 * fraction) < 25  # five standard deviations
    assert table.split == made(400).split


def test_validation_is_a_function_of_label_and_seed():
    """A class stays where it is when others are left out."""
    table = made(400)
    whole = dict(zip(table.labels, table.with_validation(seed=3).split, strict=True))
    few = table.where(labels=list(range(0, 100, 7)))
    assert dict(zip(few.labels, few.with_validation(seed=3).split, strict=True)) == {
        label: whole[label] for label in few.labels
    }


@pytest.mark.parametrize(
    ("wrong", "error"), [({"fraction": 1.0}, ValueError), ({"fraction": "1"}, TypeError), ({"seed": -1}, ValueError)]
)
def test_validation_refuses(wrong, error):
    with pytest.raises(error, match=r"Expected `(fraction|seed)`"):
        made().with_validation(**wrong)


def test_the_file_is_read_back(tmp_path):
    """With a comma, quotes, and letters beyond ASCII in names and labels."""
    paths = [tmp_path / name for name in ('a,b".png', "ä.png", "c.png")]
    for place, path in enumerate(paths):
        Image.new("RGB", (4, 4), (place, 0, 0)).save(path)
    table = ImageTable(paths, ["x, y", 'say "z"', "日"], ["train", "val", "test"], {"camera": [1, 2, 3]})
    table.to_csv(tmp_path / "table.csv")
    read = ImageFiles(tmp_path / "table.csv", (4, 4))
    assert read.paths == paths
    assert read.labels == table.labels
    assert read.split == table.split
    assert (tmp_path / "table.csv").read_text("utf-8").startswith("path,label,split,camera\n")
    assert str(table) == "3 images: train 1 of 1 classes, val 1 of 1 classes, test 1 of 1 classes"

"""Which images learn, which choose, which judge; and data from which nothing can be learned."""

from collections import Counter

import numpy as np
import pytest
from PIL import Image

from semihard.workflows.training import TrainingOptions
from semihard.workflows.training._images import PER_CLASS, _some, read_images
from tests.workflows.training.photos import photos


def read(data, **options):
    return read_images(TrainingOptions(data, size=8, **options))


def test_whole_classes_are_held_out(tmp_path):
    images, options = read(photos(tmp_path / "photos", classes=8))
    assert options.split == "class"
    assert len(set(images.train.labels)) == 6
    assert len(set(images.test.labels)) == 2
    assert not set(images.train.labels) & set(images.test.labels)
    assert images.test is images.validation


@pytest.mark.parametrize("classes", [4, 5, 6])
def test_of_few_classes_two_learn_and_two_judge_at_least(tmp_path, classes):
    for fraction in (0.01, 0.99):
        images, _ = read(photos(tmp_path / str(fraction), classes=classes), test_fraction=fraction)
        assert min(len(set(images.train.labels)), len(set(images.test.labels))) == 2


def names(*parts):
    return [sorted(set(part.labels)) for part in parts]


@pytest.mark.parametrize(("options", "sizes"), [({}, (13, 2, 5)), ({"val_fraction": 0.25}, (10, 5, 5))], ids=str)
def test_of_many_classes_some_choose_the_epoch_and_others_judge(tmp_path, options, sizes):
    """Of 20 a quarter judges and a tenth chooses; the options say so, and give the same parts again."""
    data = photos(tmp_path, classes=20, each=2)
    images, resolved = read(data, **options)
    parts = names(images.train, images.validation, images.test)
    assert tuple(map(len, parts)) == sizes
    assert len({name for part in parts for name in part}) == 20
    assert resolved.val_fraction == options.get("val_fraction", 0.1)
    again, same = read_images(resolved)
    assert (again.fingerprint, same) == (images.fingerprint, resolved)


def test_of_few_classes_those_that_judge_choose(tmp_path):
    data = photos(tmp_path, classes=19, each=2)
    images, resolved = read(data)
    assert images.validation is images.test
    assert resolved.val_fraction == 0
    with pytest.raises(ValueError, match="at least two classes each to learn from, to choose"):
        read(photos(tmp_path / "five", classes=5), val_fraction=0.2)


def test_classes_of_one_image_choose_nothing_unless_they_are_told_to(tmp_path):
    data = photos(tmp_path, classes=20, each=2)
    chosen = names(read(data)[0].validation)[0]
    for name in chosen:
        (data / name / "1.png").unlink()
    images, resolved = read(data)
    assert images.validation is images.test
    assert resolved.val_fraction == 0
    with pytest.raises(ValueError, match="Expected held out images of two classes or more"):
        read(data, val_fraction=0.1)


def test_samples_of_each_class_may_choose_and_others_judge(tmp_path):
    images, _ = read(photos(tmp_path, classes=3, each=8), split="sample", val_fraction=0.25)
    assert [len(part) for part in (images.train, images.validation, images.test)] == [12, 6, 6]
    assert not {*map(str, images.validation.paths)} & {*map(str, images.test.paths)}
    assert read(tmp_path, split="sample")[1].val_fraction == 0


def test_samples_of_each_class_are_held_out(tmp_path):
    images, _ = read(photos(tmp_path / "photos", classes=2, each=8), split="sample")
    assert Counter(images.train.labels) == {"class_00": 6, "class_01": 6}
    assert Counter(images.test.labels) == {"class_00": 2, "class_01": 2}


def table(folder, *parts):
    """A table beside `photos`, in which class n is in the n-th of these parts."""
    photos(folder / "photos", classes=len(parts), each=2)
    rows = [f"photos/class_{n:02}/{i}.png,{n},{part}\n" for n, part in enumerate(parts) for i in range(2)]
    (folder / "table.csv").write_text("path,label,split\n" + "".join(rows))
    return folder / "table.csv"


def test_a_table_says_which_are_held_out(tmp_path):
    images, options = read(table(tmp_path, "train", "train", "val", "val", "test", "test"))
    assert options.split == "column"
    assert names(images.train, images.validation, images.test) == [["0", "1"], ["2", "3"], ["4", "5"]]


@pytest.mark.parametrize("word", ["val", "valid", "validation", "test"])
def test_one_part_may_choose_and_judge(tmp_path, word):
    images, _ = read(table(tmp_path, "train", "train", word, word))
    assert images.validation.labels == images.test.labels == ["2", "2", "3", "3"]


def test_the_column_may_be_overruled(tmp_path):
    assert read(table(tmp_path, *["train"] * 4), split="class")[1].split == "class"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("train", "train", "Test", "test"), "Received: 'Test'"),
        (("train", "train"), "Received: 4 of train, 0 of validation, 0 of test"),
        (("test", "test"), "Received: 0 of train"),
        (("train", "test", "test"), "two classes to learn from"),
        (("train", "train", "val"), "Expected validation images of two classes"),
        (("train", "train", "val", "val", "test"), "Expected test images of two classes"),
    ],
)
def test_columns_that_cannot_be(tmp_path, parts, message):
    with pytest.raises(ValueError, match=message):
        read(table(tmp_path, *parts))


@pytest.mark.parametrize(
    ("classes", "each", "options", "message"),
    [
        (1, 4, {}, "at least 4 classes.*Received: 1 in.*Add a class"),
        (3, 4, {}, "Received: 3 in.*split='sample'"),
        (1, 8, {"split": "sample"}, "two classes to learn from"),
        (6, 1, {}, "of two images or more.*classes of one image each"),
        (6, 1, {"split": "sample"}, "of two images or more"),
        (4, 3, {"split": "sample", "test_fraction": 0.1}, "larger test_fraction"),
        (4, 4, {"split": "column"}, "Expected a column `split`"),
    ],
)
def test_too_little_to_learn_from(tmp_path, classes, each, options, message):
    with pytest.raises(ValueError, match=message):
        read(photos(tmp_path / "photos", classes=classes, each=each), **options)


def test_files_that_cannot_be_read_are_named_or_left_out(tmp_path):
    folder = photos(tmp_path / "photos", classes=4)
    (folder / "class_00" / "text.png").write_text("not a picture")
    whole = (folder / "class_01" / "0.png").read_bytes()
    (folder / "class_01" / "0.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"2 of 25 images.*corrupt='skip'"):
        read(folder)
    with pytest.warns(UserWarning, match="left out"):
        images, _ = read(folder, corrupt="skip")
    assert len(images.train) + len(images.test) == 23


def test_a_limit_keeps_pairs(tmp_path):
    """Four images a class, of as many classes as that allows; the same ones for the same seed."""
    labels = [f"c{n}" for n in range(10) for _ in range(10)]
    chosen = _some(labels, 21, 0)
    counts = Counter(labels[i] for i in chosen)
    assert len(chosen) == 21
    assert len(counts) == 21 // PER_CLASS
    assert min(counts.values()) == PER_CLASS
    np.testing.assert_array_equal(chosen, _some(labels, 21, 0))
    assert chosen.tolist() != _some(labels, 21, 1).tolist()
    images, _ = read(photos(tmp_path / "photos", classes=8), limit=16)
    assert len(images.train) + len(images.test) == 16


def test_the_fingerprint_is_of_names_sizes_labels_and_parts(tmp_path):
    folder = photos(tmp_path / "photos", classes=5)
    first = read(folder)[0].fingerprint
    assert read(folder)[0].fingerprint == first
    assert read(folder, seed=1)[0].fingerprint != first
    Image.new("RGB", (99, 99)).save(folder / "class_00" / "0.png")
    assert read(folder)[0].fingerprint != first


def test_the_batches_are_as_preflight_suggests(tmp_path):
    folder = photos(tmp_path / "photos", classes=8)
    _, options = read(folder, batch=12)
    assert (options.classes_per_batch, options.samples_per_class) == (3, 4)
    _, options = read(folder, classes_per_batch=2, samples_per_class=3)
    assert (options.classes_per_batch, options.samples_per_class) == (2, 3)

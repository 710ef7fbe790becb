"""Copies of a file that spoil a training or its figures are said."""

import shutil

from semihard.workflows.training import TrainingOptions
from semihard.workflows.training._copies import notes_on_copies
from semihard.workflows.training._images import read_images
from tests.workflows.training.photos import photos


def test_copies_across_the_split_and_under_two_labels(tmp_path):
    folder = photos(tmp_path / "photos", classes=4)
    images, _ = read_images(TrainingOptions(folder, size=8))
    assert list(notes_on_copies(images)) == []
    ours, theirs = images.train.paths[0], images.test.paths[0]
    shutil.copy(ours, theirs.with_name("copy.png"))
    images, _ = read_images(TrainingOptions(folder, size=8))
    two_labels, across = notes_on_copies(images)
    assert "Pictures under two labels or more: 1 (" in two_labels
    assert "Pictures on both sides of the split: 1 (" in across
    assert f"{ours} = {theirs.with_name('copy.png')}" in across


def test_copies_of_one_class_on_one_side_are_no_matter(tmp_path):
    folder = photos(tmp_path / "photos", classes=4)
    shutil.copy(folder / "class_00" / "0.png", folder / "class_00" / "copy.png")
    images, _ = read_images(TrainingOptions(folder, size=8))
    assert list(notes_on_copies(images)) == []

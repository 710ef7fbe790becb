"""Drawings in memory: the split, the file, and the folder that training takes."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard.data import ImageFiles
from semihard.datasets import LabeledImages

FAMILIES = st.lists(st.sampled_from("abcdefghijklmnop"), min_size=1, max_size=12)


def made(families, each=2, images=None):
    classes, n = len(families), each * len(families)
    return LabeledImages(
        images=np.zeros((n, 8, 8), np.uint8) if images is None else images,
        labels=np.repeat(np.arange(classes), each),
        sources=np.tile([f"s{k}" for k in range(each)], classes),
        names=np.array([f"{name}{place}" for place, name in enumerate(families)]),
        families=np.array(families),
        superclasses=np.array(["all"] * classes),
    )


def part_of(drawn, seed):
    """Family → its part; every image is in one part, and every family, too."""
    found = {}
    parts = drawn.split(seed)
    assert np.sort(np.concatenate(parts)).tolist() == list(range(len(drawn)))
    for number, places in enumerate(parts):
        assert (np.diff(places) > 0).all()
        for family in drawn.families[drawn.labels[places]]:
            assert found.setdefault(family, number) == number
    return found


@given(FAMILIES, st.integers(0, 3))
def test_a_family_is_in_one_part(families, seed):
    assert set(part_of(made(families), seed)) == set(families)


@given(FAMILIES, FAMILIES, st.integers(0, 3))
def test_other_classes_change_no_part(families, others, seed):
    alone, together = part_of(made(families), seed), part_of(made(others + families), seed)
    assert {family: together[family] for family in alone} == alone


def test_parts_are_as_large_as_they_should_be():
    """Of 4,000 families 2,000, 500 and 1,500, within four standard deviations."""
    drawn = made([f"family {number}" for number in range(4000)], each=1)
    for seed in range(3):
        train, validation, test = map(len, drawn.split(seed))
        assert abs(test - 2000) < 127
        assert abs(validation - 500) < 84
        assert train + validation + test == 4000


def test_seeds_differ_and_are_for_ever():
    """The parts of ten families, written down: no version of NumPy or Python may change them."""
    drawn = made(list("abcdefghij"), each=1)
    found = ["".join(str(part) for _, part in sorted(part_of(drawn, seed).items())) for seed in range(3)]
    assert found == ["2122210122", "1222222100", "0220102012"]


@pytest.mark.parametrize(("seed", "error"), [(-1, ValueError), (0.5, TypeError)])
def test_a_seed_that_is_none(seed, error):
    with pytest.raises(error, match="Expected `seed`"):
        made(["a"]).split(seed)


def test_saved_and_loaded_it_is_the_same(tmp_path):
    drawn = made(["ä", "日"], images=np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8))
    drawn.save(tmp_path / "drawn.npz")
    loaded = LabeledImages.load(tmp_path / "drawn.npz")
    for field in dataclasses.fields(drawn):
        before, after = getattr(drawn, field.name), getattr(loaded, field.name)
        assert before.dtype == after.dtype
        np.testing.assert_array_equal(before, after)


def test_a_file_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", images=np.zeros(3))
    with pytest.raises(
        ValueError, match=r"Expected .*other\.npz to be a file of `LabeledImages\.save`.*without labels"
    ):
        LabeledImages.load(tmp_path / "other.npz")


@pytest.mark.parametrize("channels", [1, 3])
def test_the_folder_holds_the_same_pixels_and_the_split(tmp_path, channels):
    shape = (40, 8, 8) if channels == 1 else (40, 8, 8, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    drawn = made([f"family {number}" for number in range(20)], images=images)
    table = drawn.write_folder(tmp_path / "drawn", seed=1)
    read = ImageFiles(table, (8, 8), channels=channels)
    np.testing.assert_array_equal(np.asarray(read).reshape(images.shape), images)
    assert [int(label) for label in read.labels] == drawn.labels.tolist()
    for word, places in zip(("train", "val", "test"), drawn.split(1), strict=True):
        assert len(places)
        assert {read.split[place] for place in places} == {word}

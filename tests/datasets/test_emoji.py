"""Emoji: which are classes and families, how icons are drawn, and what is said of packages that are other ones."""

import json
import sys

import numpy as np
import pytest

from semihard.datasets import emoji
from semihard.datasets._emoji import VERSIONS, family
from tests.datasets.made_icons import EMOJI, make_icons


@pytest.fixture(scope="module")
def icons(tmp_path_factory):
    return make_icons(tmp_path_factory.mktemp("icons"), without={"twemoji": "keycap-5"})


def test_classes_are_what_all_sets_have_without_tones_of_skin(icons):
    """Of eight emoji two have a tone of skin and one is missing in a set; the others by their code points."""
    drawn = emoji(icons, 16)
    assert drawn.names.tolist() == ["right-arrow", "cat", "black-cat", "woman-technologist", "technologist"]
    assert drawn.labels.tolist() == np.repeat(range(5), 4).tolist()
    assert drawn.sources.tolist() == [*VERSIONS] * 5
    assert drawn.families.tolist() == ["27a1", "1f408", "1f408", "1f9d1-1f4bb", "1f9d1-1f4bb"]
    assert drawn.superclasses.tolist() == ["Other"] * 3 + ["People & Body"] * 2
    assert str(drawn) == "20 images of 5 classes in 2 superclasses, from 4 sources"


def test_one_of_a_family_is_the_one_of_fewest_code_points_and_then_the_first(icons):
    assert emoji(icons, 8, variants=False).names.tolist() == ["right-arrow", "cat", "woman-technologist"]


def test_each_set_draws_its_own_icon(icons):
    """The colours were chosen so that a pixel tells the set and the icon."""
    drawn = emoji(icons, 16)
    for image, label, source in zip(drawn.images, drawn.labels, drawn.sources, strict=True):
        icon, place = [*EMOJI].index(drawn.names[label]), [*VERSIONS].index(source)
        assert image[8, 8].tolist() == [10 * icon, 40 * place, 99]


def test_what_is_not_square_stands_in_the_middle_on_white(icons):
    """The cat is 32 by 16: of 16 rows 4 to 11 are its."""
    drawn = emoji(icons, 16)
    cat = drawn.images[4]
    inked = (cat != 255).any(axis=(1, 2))
    assert drawn.names[drawn.labels[4]] == "cat"
    assert np.flatnonzero(inked).tolist() == [4, 5, 6, 7, 8, 9, 10, 11]
    assert (cat[inked] != 255).any(axis=2).all()


@pytest.mark.parametrize("inside", [".", "node_modules", "node_modules/@iconify-json"])
def test_any_of_three_folders_will_do(icons, inside):
    assert len(emoji(icons / inside, 8)) == 20


def test_progress_counts_images(icons):
    seen = []
    emoji(icons, 8, progress=lambda done, all_: seen.append((done, all_)))
    assert seen == [(4, 20), (8, 20), (12, 20), (16, 20), (20, 20)]


@pytest.mark.parametrize(
    "variants",
    [
        ["1f9d1", "1f468", "1f469", "1f471", "1f9d4-200d-2640", "1f468-200d-1f9b0"],  # people and their hair
        ["1f9d1-200d-1f692", "1f468-200d-1f692", "1f469-200d-1f692"],  # at the fire brigade
        ["1f6b6", "1f6b6-200d-2640-200d-27a1", "1f6b6-200d-27a1", "1f6b6-200d-2642"],  # walking
        ["1f385", "1f936", "1f9d1-200d-1f384"],  # Santa, Mrs and Mx Claus
        ["1f34b", "1f34b-200d-1f7e9"],  # lemon, lime
        ["1f431", "1f63a"],  # one set draws both as one
    ],
)
def test_variants_are_one_family(variants):
    assert len({family(sequence) for sequence in variants}) == 1


@pytest.mark.parametrize(
    "others",
    [["2640", "2642", "27a1", "2b1b", "1f7e9"], ["1f3f4", "1f3f4-200d-2620-fe0f"], ["1f469", "1f467", "1f475"]],
)
def test_others_are_not(others):
    """Signs and squares by themselves; a pirate's flag; woman, girl and old woman."""
    assert len({family(sequence) for sequence in others}) == len(others)


def test_a_missing_package_is_said_with_the_command(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"Expected the npm package @iconify-json/noto in .* Received: none"
    ) as told:
        emoji(tmp_path)
    assert f"npm install --prefix {tmp_path} @iconify-json/noto@1.2.9 @iconify-json/twemoji@1.2.5" in str(told.value)


def test_another_version_is_refused(tmp_path):
    package = make_icons(tmp_path) / "node_modules" / "@iconify-json" / "openmoji" / "package.json"
    package.write_text(json.dumps({"version": "2.0.0"}))
    with pytest.raises(
        ValueError, match=r"Expected @iconify-json/openmoji 1\.2\.29, .* Received: 2\.0\.0 in .* npm install"
    ):
        emoji(tmp_path)


@pytest.mark.parametrize(("file", "text"), [("chars.json", "{"), ("icons.json", "[1]"), ("metadata.json", None)])
def test_a_damaged_package_is_named(tmp_path, file, text):
    damaged = make_icons(tmp_path) / "node_modules" / "@iconify-json" / "noto" / file
    if text is None:
        damaged.unlink()
    else:
        damaged.write_text(text)
    with pytest.raises(ValueError, match=f"Expected {damaged} to (be a file of JSON|hold .*)"):
        emoji(tmp_path)


def test_a_package_that_draws_is_asked_for(icons, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(ImportError, match=r'Expected resvg-py to be installed\. .* pip install "semihard\[drawings\]"'):
        emoji(icons)


@pytest.mark.parametrize(("size", "error"), [(7, ValueError), (8.0, TypeError)])
def test_a_size_that_is_none(icons, size, error):
    with pytest.raises(error, match="Expected `size` to be"):
        emoji(icons, size)

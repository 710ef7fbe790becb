"""Letters of fonts: of fonts that were made for it, where each pixel is known, and of DejaVu as a whole."""

import sys
import unicodedata
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageFont

from semihard.datasets import glyphs
from semihard.datasets._fonts import find_faces
from tests.datasets.made_fonts import NOTDEF, make_collection, make_font

LATIN = "abcdefghijkl"
DEJAVU = Path(matplotlib.get_data_path(), "fonts", "ttf")
THREE = [DEJAVU / f"{name}.ttf" for name in ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono")]


def bars(letters=LATIN, width=20):
    """A bar for each letter, of another height."""
    return {letter: (0, 0, width, 20 + 5 * place) for place, letter in enumerate(letters)}


def drawings(drawn):
    """Letter → font → image."""
    found = {}
    for image, label, source in zip(drawn.images, drawn.labels, drawn.sources, strict=True):
        found.setdefault(drawn.names[label], {})[str(source)] = image
    return found


@pytest.fixture(scope="module")
def dejavu():
    return glyphs(THREE, 24, least=3)


def test_a_letter_is_drawn_in_the_middle_by_each_font(tmp_path):
    """At 0.8 of 50 pixels a unit is 0.4 pixels: letter b is 8 or 12 pixels wide and 10 high, around the middle."""
    for width in (20, 30):
        make_font(tmp_path / f"{width}.ttf", f"Wide {width}", bars(width=width))
    found = drawings(glyphs(tmp_path, 50, least=2))
    assert list(found) == list(LATIN)
    for font, width in {"Wide 20": 8, "Wide 30": 12}.items():
        expected = np.zeros((50, 50), np.uint8)
        expected[20:30, 25 - width // 2 : 25 + width // 2] = 255
        np.testing.assert_array_equal(found["b"][font], expected)


def test_what_a_font_does_not_have_is_left_out(tmp_path):
    """One font has no glyph for b, an empty one for c, that of missing ones for d, and none at all for e."""
    make_font(tmp_path / "1.ttf", "Whole", bars())
    poor = {**bars(width=30), "c": None, "d": NOTDEF}
    poor.pop("e")
    make_font(tmp_path / "2.ttf", "Poor", poor)
    assert set(drawings(glyphs(tmp_path, 40, least=2))) == {*LATIN} - set("cde")
    assert set(drawings(glyphs(tmp_path, 40, least=1))["d"]) == {"Whole"}


def test_a_glyph_for_many_letters_is_none_of_them(tmp_path):
    make_font(tmp_path / "1.ttf", "Whole", bars())
    make_font(tmp_path / "2.ttf", "Dots", dict.fromkeys(LATIN, (0, 0, 5, 5)))
    assert set(glyphs(tmp_path, 40, least=1).sources) == {"Whole"}


def test_what_is_too_large_is_made_to_fit(tmp_path):
    """A box three times as wide as the letters' size, and a third as high as wide."""
    for number in (1, 2):
        letters = bars(width=20 + number)
        letters["j"] = (0, 0, 300, 100 + number)
        make_font(tmp_path / f"{number}.ttf", f"Font {number}", letters)
    for image in drawings(glyphs(tmp_path, 40, least=2))["j"].values():
        inked = np.argwhere(image)
        height, width = inked.max(axis=0) - inked.min(axis=0) + 1
        assert 36 <= width <= 40
        assert abs(height - width / 3) <= 1.5


def test_the_plainest_face_of_a_family_is_taken(tmp_path):
    """Bold comes first by name; a collection has two faces, of two families."""
    make_font(tmp_path / "a-bold.ttf", "First", bars(width=60), "Bold")
    make_font(tmp_path / "a-text.otf", "First", bars(width=20))
    parts = [
        make_font(tmp_path / f"{name}.part", name, bars(width=width))
        for name, width in {"Second": 30, "Third": 40}.items()
    ]
    make_collection(tmp_path / "both.ttc", *parts)
    (tmp_path / "link.ttf").symlink_to(tmp_path / "a-bold.ttf")
    faces = find_faces(tmp_path)
    assert [(face.family, face.path.name, face.number) for face in faces] == [
        ("First", "a-text.otf", 0),
        ("Second", "both.ttc", 0),
        ("Third", "both.ttc", 1),
    ]
    assert set(drawings(glyphs(tmp_path, 40, least=3))) == {*LATIN}


def test_letters_are_of_scripts_and_not_made_of_others(dejavu):
    for name, script in zip(dejavu.names, dejavu.superclasses, strict=True):
        assert unicodedata.category(name) in ("Lu", "Ll", "Lo")
        assert unicodedata.decomposition(name) == ""
        assert unicodedata.name(name).startswith(script.upper())
    assert {"Latin", "Greek", "Cyrillic", "Georgian"} <= {*dejavu.superclasses.tolist()}


def test_letters_that_look_alike_are_one(dejavu):
    """Of A, Alpha and Cyrillic's A there is one in the alphabets of DejaVu, and so of the others."""
    names = set(dejavu.names)
    for likes in ("AΑА", "BΒВ", "EΕЕ", "KΚ", "oοо", "cс"):
        assert names & {*likes} == {likes[0]}
    assert {*"abdfgΓΔΩбгджфя"} <= names


def test_each_image_is_of_a_letter_that_its_font_has_and_no_two_are_equal(dejavu):
    have = {TTFont(path)["name"].getBestFamilyName(): TTFont(path).getBestCmap() for path in THREE}
    assert all(
        ord(dejavu.names[label]) in have[font] for label, font in zip(dejavu.labels, dejavu.sources, strict=True)
    )
    assert len({image.tobytes() for image in dejavu.images}) == len(dejavu)
    assert np.bincount(dejavu.labels).tolist() == [3] * len(dejavu.names)


def test_the_drawing_is_freetypes(dejavu):
    """What `ImageFont.getmask` gives, pasted into the middle."""
    font = ImageFont.truetype(str(THREE[0]), round(0.8 * 24), layout_engine=ImageFont.Layout.BASIC)
    for letter, by_font in list(drawings(dejavu).items())[::20]:
        mask = font.getmask(letter)
        ink = Image.frombytes("L", mask.size, bytes(mask))
        ink = ink.crop(ink.getbbox())
        expected = Image.new("L", (24, 24))
        expected.paste(ink, ((24 - ink.width) // 2, (24 - ink.height) // 2))
        np.testing.assert_array_equal(by_font["DejaVu Sans"], np.asarray(expected))


def test_capital_and_small_letter_are_a_family(dejavu):
    family = dict(zip(dejavu.names, dejavu.families, strict=True))
    assert family["Q"] == family["q"]
    assert family["Q"] != family["Z"]


def test_the_order_of_fonts_is_of_no_matter(dejavu):
    again = glyphs(THREE[::-1], 24, least=3)
    for name, value in vars(dejavu).items():
        np.testing.assert_array_equal(getattr(again, name), value)


def test_chance_takes_some_of_many_fonts(tmp_path):
    for number in range(6):
        make_font(tmp_path / f"{number}.ttf", f"Font {number}", bars(width=20 + 4 * number))
    drawn = glyphs(tmp_path, 50, least=2, most=3)
    assert np.bincount(drawn.labels).tolist() == [3] * len(LATIN)
    assert set(drawn.sources) == {f"Font {number}" for number in range(6)}


def test_progress_ends(tmp_path):
    make_font(tmp_path / "1.ttf", "One", bars())
    seen = []
    glyphs(tmp_path, 40, least=1, progress=lambda done, all_: seen.append((done, all_)))
    assert seen == [(1, 2), (2, 2)]


def test_no_fonts_and_no_such_folder(tmp_path):
    with pytest.raises(ValueError, match=r"Expected fonts \(\.otf, \.ttc, \.ttf\) in .* Found none"):
        glyphs(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"Received: .*nowhere, which does not exist"):
        glyphs([tmp_path, tmp_path / "nowhere"])


@pytest.mark.parametrize("name", ["broken.ttf", "broken.ttc"])
def test_a_broken_font_is_named(tmp_path, name):
    for data in (b"no font", make_font(tmp_path / "1.part", "One", bars()).read_bytes()[:300]):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=rf"Expected .*{name} to be a font\. Received: .* Remove or replace it"):
            glyphs(tmp_path, least=1)


def test_letters_of_too_few_fonts(tmp_path):
    make_font(tmp_path / "1.ttf", "One", bars())
    with pytest.raises(ValueError, match=r"Expected letters that 5 fonts or more draw.* none, of 1 families.*`least`"):
        glyphs(tmp_path)


@pytest.mark.parametrize("wrong", [{"size": 7}, {"least": 0}, {"least": 9, "most": 8}, {"per_script": 0}])
def test_numbers_out_of_range(tmp_path, wrong):
    with pytest.raises(ValueError, match=r"Expected `.*` to be at least"):
        glyphs(tmp_path, **wrong)


@pytest.mark.parametrize(("module", "package"), [("fontTools.ttLib", "fonttools"), ("PIL", "pillow")])
def test_a_package_that_is_missing_is_asked_for(tmp_path, monkeypatch, module, package):
    make_font(tmp_path / "1.ttf", "One", bars())
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=f"Expected {package} to be installed"):
        glyphs(tmp_path, least=1)

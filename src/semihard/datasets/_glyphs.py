"""Characters as many fonts draw them: an Omniglot of thousands of classes, made in minutes and without a download."""

import hashlib
import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core import checks
from semihard._core.extras import DRAWINGS, MissingPackage, pillow
from semihard.datasets._fonts import Face, find_faces
from semihard.datasets._glyph_choice import Drawn, choose_characters, choose_drawings
from semihard.datasets.labeled_images import LabeledImages

# Letters: upper case, lower case, and of scripts without cases. Marks and modifiers have no place of their own.
LETTERS = ("Lu", "Ll", "Lo")
# Of the picture's side, the size that a font's letters are drawn at.
EM = 0.8
NO_SCRIPT = ("Zyyy", "Zinh", "Zzzz")


def glyphs(
    fonts: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    size: int = 48,
    *,
    least: int = 5,
    most: int = 20,
    per_script: int = 1000,
    progress: Callable[[int, int], object] | None = None,
) -> LabeledImages:
    """Draw letters of all scripts, each by several fonts, as Omniglot has each character by several people.

    A class is a letter, syllable or ideogram of Unicode that `least` fonts or more have. Left out are letters that are
    made of others (é, Å, Arabic's joined forms; Hangul's syllables are in); what a font has no glyph for, or an empty one,
    or one that it draws for many; letters that look the same in a fifth of their fonts or more, but for the first (Greek's
    and Cyrillic's A, where Latin has it); single drawings that one font gives to two letters; and second copies of a
    drawing where one font has taken it over from another. What remains can be told apart by its pixels, if not always
    by eye: O and o differ in size alone.

    Capital and small letter make a family, which `split` keeps in one part. The same fonts give the same arrays, but
    for what another version of FreeType draws otherwise; another font changes no class's part.

    Args:
        fonts: font files (.ttf, .otf, .ttc), or folders to look for them in. Of each family one face is used.
        size: height and width in pixels. Letters are drawn at 0.8 of it, their ink in the middle, smaller if too large.
        least, most: drawings of a class. Of more fonts chance chooses, for each letter anew.
        per_script: the most letters of one script: those that most fonts have. Han has tens of thousands.
        progress: called with (fonts looked at, all fonts).

    Returns:
        `LabeledImages`: grey, 0 for background and 255 for ink; `names` are the letters, `superclasses` their scripts,
        `sources` the families of fonts.

    Raises:
        FileNotFoundError: a file or folder is not there.
        ValueError: no fonts, none that is a font, no letter in `least` of them, or a number out of its range.
        TypeError: a number that is not whole.
        ImportError: fonttools or Pillow is not installed.

    Example:
        >>> import matplotlib
        >>> from pathlib import Path
        >>> folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
        >>> drawn = glyphs([folder / f"DejaVu{name}.ttf" for name in ("Sans", "Serif", "SansMono")], 16, least=3, per_script=20)
        >>> drawn.images.shape[1:], sorted(set(drawn.sources.tolist()))
        ((16, 16), ['DejaVu Sans', 'DejaVu Sans Mono', 'DejaVu Serif'])

    Source:
        After Omniglot: Lake, Salakhutdinov, Tenenbaum 2015, "Human-level concept learning through probabilistic program
        induction", Science 350, whose 1,623 characters of 50 alphabets have 20 drawings each.
    """
    size, per_script = checks.whole_number("size", size, 8), checks.whole_number("per_script", per_script, 1)
    least = checks.whole_number("least", least, 1)
    most = checks.whole_number("most", most, least)
    faces = find_faces(fonts)
    have = Counter(character for face in faces for character in face.characters)
    letters = choose_characters(
        _by_script(character for character, count in have.items() if count >= least), have, per_script
    )
    wanted = frozenset(letters)
    drawn: Drawn = defaultdict(dict)
    for place, face in enumerate(faces, 1):
        for character, picture in _drawn(face, sorted(wanted & face.characters), size):
            drawn[character][face.family] = hashlib.sha256(picture.tobytes()).digest()
        if progress is not None:
            progress(place, 2 * len(faces))
    chosen = choose_drawings({character: drawn[character] for character in letters if character in drawn}, least, most)
    if not chosen:
        raise ValueError(
            f"Expected letters that {least} fonts or more draw, each in its own way. Received: none, of {len(faces)} "
            "families of fonts. Name more fonts, or take a smaller `least`."
        )
    return _collected(faces, chosen, size, progress)


def _collected(
    faces: list[Face], chosen: dict[str, list[str]], size: int, progress: Callable[[int, int], object] | None
) -> LabeledImages:
    """Draw what was chosen, once more: to keep all drawings until then would take gigabytes."""
    names = list(chosen)
    places: dict[tuple[str, str], int] = {}
    for character, families in chosen.items():
        for family in families:
            places[character, family] = len(places)
    images = np.zeros((len(places), size, size), np.uint8)
    for done, face in enumerate(faces, 1):
        wanted = [character for character in names if (character, face.family) in places]
        for character, picture in _drawn(face, wanted, size):
            images[places[character, face.family]] = picture
        if progress is not None:
            progress(len(faces) + done, 2 * len(faces))
    return LabeledImages(
        images=images,
        labels=np.repeat(np.arange(len(names)), [len(families) for families in chosen.values()]),
        sources=np.array([family for _, family in places]),
        names=np.array(names),
        families=np.array([name.casefold() for name in names]),
        superclasses=np.array([_script(name) for name in names]),
    )


def _by_script(characters: Iterable[str]) -> dict[str, list[str]]:
    """The letters among these, by their script."""
    found = defaultdict(list)
    for character in characters:
        # Hangul's syllables are made of others by rule, but each is written in a square of its own.
        whole = unicodedata.normalize("NFKD", character) == character or "가" <= character <= "힣"
        if unicodedata.category(character) in LETTERS and whole and (script := _script(character)):
            found[script].append(character)
    return found


def _script(character: str) -> str | None:
    try:
        from fontTools import unicodedata as properties
    except ImportError as error:
        raise MissingPackage("fonttools", DRAWINGS, error) from error
    code = properties.script(character)
    return None if code in NO_SCRIPT else properties.script_name(code)


def _drawn(face: Face, characters: list[str], size: int) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Draw characters of a font; without those that are empty, or look as what the font has not."""
    pillow()
    from PIL import ImageFont

    def at(pixels: int) -> Any:
        try:
            # The plain layout is in every Pillow, and draws each letter by itself.
            return ImageFont.truetype(face.path, pixels, face.number, layout_engine=ImageFont.Layout.BASIC)
        except OSError as error:
            raise ValueError(f"Expected {face.path} to be a font. Received: {error}. Remove or replace it.") from error

    if not characters:
        return
    font = at(round(EM * size))
    missing = _ink(font, "\U0010ffff")  # no character, so in no font
    for character in characters:
        ink = _ink(font, character)
        if 0 in ink.shape or np.array_equal(ink, missing):
            continue
        pixels = round(EM * size)
        while max(ink.shape) > size:
            pixels = min(pixels * size // max(ink.shape), pixels - 1)  # once more where rounding made it too large
            ink = _ink(at(pixels), character)
        top, left = ((size - side) // 2 for side in ink.shape)
        picture = np.zeros((size, size), np.uint8)
        picture[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
        yield character, picture


def _ink(font: Any, character: str) -> NDArray[np.uint8]:
    """What is drawn, without the empty rows and columns around it."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = font.getbbox(character)
    canvas = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(canvas).text((1 - left, 1 - top), character, 255, font)
    box = canvas.getbbox()
    return np.asarray(canvas.crop(box) if box else Image.new("L", (0, 0)))

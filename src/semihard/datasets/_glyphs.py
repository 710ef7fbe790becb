"""Characters as many fonts draw them: an Omniglot of thousands of classes, made in minutes and without a download."""

import hashlib
import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from semihard._core import checks
from semihard.datasets._draw_glyphs import draw_glyphs
from semihard.datasets._fonts import Face, find_faces, script_of
from semihard.datasets._glyph_choice import Drawn, choose_characters, choose_drawings
from semihard.datasets.labeled_images import LabeledImages

# Letters: upper case, lower case, and of scripts without cases. Marks and modifiers have no place of their own.
LETTERS = ("Lu", "Ll", "Lo")


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

    A class is a letter, syllable or ideogram of Unicode of which `least` drawings remain. Left out are:

    * letters that are made of others (é, Å, joined forms of Arabic); Hangul's syllables are in;
    * what a font has no glyph for, an empty one, or one that it draws for many letters;
    * letters that look the same in a fifth of their fonts or more, but for the first: the A of Greek and of Cyrillic,
      where Latin has it;
    * drawings of two letters, as of a and A in a font of capitals;
    * second copies of a drawing, where one font has taken it over from another.

    So no two images are equal; but fonts err, and some letters can hardly be told apart: O and o differ in size alone.
    Capital and small letter make a family, which `split` keeps in one part. The same fonts give the same arrays (of one
    version of FreeType); another font changes no class's part.

    Args:
        fonts: font files (.ttf, .otf, .ttc), or folders to look for them in. Of each family one face is used.
        size: height and width in pixels. Letters are drawn at 0.8 of it, their ink in the middle, smaller if too large.
        least, most: drawings of a class. Of more fonts chance chooses, for each letter anew.
        per_script: the most letters of one script: those that most fonts have. Han has tens of thousands.
        progress: called with (fonts drawn with, all of them), twice as many as there are.

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
        >>> three = [folder / f"DejaVu{name}.ttf" for name in ("Sans", "Serif", "SansMono")]
        >>> drawn = glyphs(three, 16, least=3, per_script=20)
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
    letters = _letters(character for character, count in have.items() if count >= least)
    wanted = frozenset(choose_characters(letters, have, per_script))
    drawn: Drawn = defaultdict(dict)
    for place, face in enumerate(faces, 1):
        for character, picture in draw_glyphs(face, sorted(wanted & face.characters), size):
            drawn[character][face.family] = hashlib.sha256(picture.tobytes()).digest()
        if progress is not None:
            progress(place, 2 * len(faces))
    chosen = choose_drawings(drawn, least, most)
    if not chosen:
        raise ValueError(
            f"Expected letters that {least} fonts or more draw, each in its own way. Received: none, of {len(faces)} "
            "families of fonts. Name more fonts, or take a smaller `least`."
        )
    return _collected(faces, chosen, size, progress)


def _letters(characters: Iterable[str]) -> dict[str, list[str]]:
    """Script → those of these characters that are its letters."""
    found = defaultdict(list)
    for character in characters:
        # Hangul's syllables are made of others by rule, but each is written in a square of its own.
        whole = unicodedata.normalize("NFKD", character) == character or "가" <= character <= "힣"
        if whole and unicodedata.category(character) in LETTERS and (script := script_of(character)):
            found[script].append(character)
    return found


def _collected(
    faces: list[Face], chosen: dict[str, list[str]], size: int, progress: Callable[[int, int], object] | None
) -> LabeledImages:
    """Draw what was chosen, once more: to keep all drawings until then would take gigabytes."""
    keys = [(character, family) for character, families in chosen.items() for family in families]
    place_of = {key: place for place, key in enumerate(keys)}
    images = np.zeros((len(keys), size, size), np.uint8)
    for done, face in enumerate(faces, 1):
        wanted = [character for character in chosen if (character, face.family) in place_of]
        for character, picture in draw_glyphs(face, wanted, size):
            images[place_of[character, face.family]] = picture
        if progress is not None:
            progress(len(faces) + done, 2 * len(faces))
    return LabeledImages(
        images=images,
        labels=np.repeat(np.arange(len(chosen)), [len(families) for families in chosen.values()]),
        sources=np.array([family for _, family in keys]),
        names=np.array(list(chosen)),
        families=np.array([character.casefold() for character in chosen]),
        superclasses=np.array([script_of(character) for character in chosen]),
    )

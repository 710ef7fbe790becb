"""Emoji as four sets draw them: 1,594 classes that no one has photographs of, in 20 seconds and without a download."""

import os
from collections.abc import Callable

import numpy as np

from semihard._core import checks
from semihard.datasets._icon_sets import IconSet, read_icon_sets
from semihard.datasets.labeled_images import LabeledImages

# Apache-2.0, CC-BY-4.0, CC-BY-SA-4.0 and MIT.
VERSIONS = {"noto": "1.2.9", "twemoji": "1.2.5", "openmoji": "1.2.29", "fluent-emoji-flat": "1.2.6"}

_TONES = {f"1f3f{digit}" for digit in "bcdef"}
# In a joined sequence these make a variant of what stands before: a joiner and its sign of presentation, female and
# male, hair (red, curly, none, white), facing right, and the colours black, green and brown.
_VARIANTS = {"200d", "fe0f", "2640", "2642", "1f9b0", "1f9b1", "1f9b2", "1f9b3", "27a1", "2b1b", "1f7e9", "1f7eb"}
# Code points that are variants of another one by themselves.
_SAME = {
    **dict.fromkeys(("1f468", "1f469", "1f471", "1f9d4"), "1f9d1"),  # man, woman, blond, bearded: person
    **dict.fromkeys(("1f466", "1f467"), "1f9d2"),  # boy, girl: child
    **dict.fromkeys(("1f474", "1f475"), "1f9d3"),  # old man, old woman: older person
    **dict.fromkeys(("1f478", "1f934"), "1fac5"),  # princess, prince: person with crown
    "1f57a": "1f483",  # man dancing: woman dancing
    "1f936": "1f385",  # Mrs. Claus: Santa
}
# Families that one set draws as one picture: Mx Claus, white square button, grinning cat.
_ALIKE = {"1f9d1-1f384": "1f385", "1f533": "25fc", "1f63a": "1f431"}


def emoji(
    path: str | os.PathLike[str],
    size: int = 96,
    *,
    variants: bool = True,
    progress: Callable[[int, int], object] | None = None,
) -> LabeledImages:
    """Draw the emoji that four sets have in common, each as the four of them draw it.

    The sets are npm packages, which are installed once and read from then on; nothing else is downloaded:

        npm install --prefix icons @iconify-json/noto@1.2.9 @iconify-json/twemoji@1.2.5 \
            @iconify-json/openmoji@1.2.29 @iconify-json/fluent-emoji-flat@1.2.6

    A class is a sequence of code points that all four have; those with a tone of skin are left out, so 1,594 classes
    remain, and 6,376 images. Some classes are variants of another: woman, man and person of one profession, hair,
    facing right, a cat in black. They are drawn nearly alike, and 26 pairs and one trio are the same picture in one of
    the sets. Therefore variants make a family, and `split` keeps a family in one part; without them (`variants=False`)
    1,403 classes remain, each another picture in every set.

    Args:
        path: the folder in which npm ran, or its node_modules.
        size: height and width in pixels. On white; what is not square stands in the middle.
        variants: whether to keep more than one class of a family. If not, it is the one of fewest code points.
        progress: called with (images drawn, all images).

    Returns:
        `LabeledImages`: RGB; `sources` are the names of the sets, `names` Noto's, `families` code points, and
        `superclasses` Unicode's nine kinds.

    Raises:
        FileNotFoundError: a package is not there; the message says what to run.
        ValueError: another version of it, or a size below 8.
        ImportError: resvg-py or Pillow is not installed.

    Example:
        >>> emoji("no-such-folder")
        Traceback (most recent call last):
            ...
        FileNotFoundError: Expected the npm package @iconify-json/noto in no-such-folder. Received: none. Run: npm ...

    Source:
        The drawings: Noto Emoji (Google, Apache-2.0), Twemoji (Twitter, CC-BY-4.0), OpenMoji (HfG Schwäbisch Gmünd,
        CC-BY-SA-4.0), Fluent Emoji Flat (Microsoft, MIT). Which code points belong together: Unicode Technical Standard
        #51, "Unicode Emoji", §2.
    """
    size = checks.whole_number("size", size, 8)
    sets = read_icon_sets(path, VERSIONS)
    characters = _common(sets, variants)
    images = np.empty((len(characters), len(sets), size, size, 3), np.uint8)
    for place, sequence in enumerate(characters):
        for column, icons in enumerate(sets.values()):
            images[place, column] = icons.draw(sequence, size)
        if progress is not None:
            progress((place + 1) * len(sets), len(characters) * len(sets))
    named = next(iter(sets.values()))
    names = [named.characters[sequence] for sequence in characters]
    return LabeledImages(
        images=images.reshape(-1, size, size, 3),
        labels=np.repeat(np.arange(len(characters)), len(sets)),
        sources=np.tile(np.array(list(sets)), len(characters)),
        names=np.array(names),
        families=np.array([family(sequence) for sequence in characters]),
        superclasses=np.array([named.categories[name] for name in names]),
    )


def family(sequence: str) -> str:
    """Return the code points that all variants of an emoji have in common.

    Example:
        >>> family("1f469-200d-1f4bb"), family("1f468-200d-1f4bb"), family("1f415-200d-1f9ba")  # at the computer; a dog
        ('1f9d1-1f4bb', '1f9d1-1f4bb', '1f415-1f9ba')
    """
    points = sequence.split("-")
    kept = [_SAME.get(point, point) for point in points if len(points) == 1 or point not in _VARIANTS]
    joined = "-".join(kept)
    return _ALIKE.get(joined, joined)


def _common(sets: dict[str, IconSet], variants: bool) -> list[str]:
    """The sequences that all sets have, in the order of their code points."""
    shared = set.intersection(*({*icons.characters} for icons in sets.values()))
    plain = [sequence for sequence in shared if not _TONES & {*sequence.split("-")}]
    points = {sequence: [int(point, 16) for point in sequence.split("-")] for sequence in plain}
    chosen = sorted(plain, key=points.__getitem__)
    if not variants:
        first: dict[str, str] = {}
        for sequence in sorted(chosen, key=lambda sequence: len(points[sequence])):
            first.setdefault(family(sequence), sequence)
        chosen = [sequence for sequence in chosen if first[family(sequence)] == sequence]
    return chosen

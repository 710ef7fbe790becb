"""Which drawings of characters become samples: none of a missing glyph, none that two characters share, none twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations

from semihard.datasets._chance import chance

# character → font → what was drawn, equal where the pixels are.
Drawn = dict[str, dict[str, bytes]]
# A glyph that more characters than this share stands for what the font does not have.
SHARED = 8
# Two characters are one letter where a fifth of their common fonts have one drawing for both: others, as those of
# Chinese, make Greek and Cyrillic letters wider, so that it is not the half even of A, Α and А.
ALIKE = 0.2
# Fonts put symbols of their own at the places of a few letters of some script.
FEWEST = 10


def choose_characters(scripts: Mapping[str, Iterable[str]], fonts: Mapping[str, int], most: int) -> list[str]:
    """Return at most so many characters of each script, those that most fonts have; between equals chance decides.

    A script of which there are fewer than ten is left out.

    Args:
        scripts: script → its characters.
        fonts: character → how many fonts have it.

    Example:
        >>> choose_characters({"Latin": "abcdefghij", "Yi": "ꀀ"}, dict.fromkeys("abdefghij", 5) | {"c": 6, "ꀀ": 7}, 1)
        ['c']
    """
    chosen = []
    for characters in map(list, scripts.values()):
        if len(characters) >= FEWEST:
            ordered = sorted(characters, key=lambda character: (-fonts[character], chance("character", character)))
            chosen += ordered[:most]
    return sorted(chosen)


def choose_drawings(drawn: Drawn, least: int, most: int) -> dict[str, list[str]]:
    """Return character → the fonts whose drawing of it is a sample, in an order that chance decides.

    Args:
        drawn: of each character and font.
        least: characters of fewer drawings are left out.
        most: fonts that are taken of one character.

    Example:
        >>> latin_a, greek_alpha = {"f": b"A", "g": b"A2", "h": b"A3"}, {"f": b"A", "g": b"alpha"}
        >>> choose_drawings({"A": latin_a, "Α": greek_alpha, "l": {"f": b"|", "g": b"|"}}, 2, 3)
        {'A': ['f', 'g', 'h']}
    """
    drawn = _without_placeholders(drawn)
    drawn = _without_look_alikes(drawn)
    drawn = _without_shared(drawn)
    chosen = {}
    for character, by_font in drawn.items():
        order = sorted(by_font, key=lambda font: chance("drawing", character, font))
        seen: dict[bytes, str] = {}
        for font in order:
            seen.setdefault(by_font[font], font)
        fonts = list(seen.values())[:most]
        if len(fonts) >= least:
            chosen[character] = fonts
    return chosen


def _by_glyph(drawn: Drawn) -> dict[tuple[str, bytes], list[str]]:
    """(font, glyph) → the characters that look so there."""
    groups: dict[tuple[str, bytes], list[str]] = defaultdict(list)
    for character, by_font in drawn.items():
        for font, glyph in by_font.items():
            groups[font, glyph].append(character)
    return groups


def _without_placeholders(drawn: Drawn) -> Drawn:
    groups = _by_glyph(drawn)
    return {
        character: {font: glyph for font, glyph in by_font.items() if len(groups[font, glyph]) <= SHARED}
        for character, by_font in drawn.items()
    }


def _without_look_alikes(drawn: Drawn) -> Drawn:
    """Of characters that are one and the same in many of their common fonts, the first stays: Latin's A."""
    same: Counter[tuple[str, str]] = Counter()
    for characters in _by_glyph(drawn).values():
        same.update(combinations(sorted(characters), 2))
    like: dict[str, set[str]] = defaultdict(set)
    for (first, second), fonts in same.items():
        if fonts >= ALIKE * len(drawn[first].keys() & drawn[second].keys()):
            like[second].add(first)
    kept: Drawn = {}
    for character in sorted(drawn):
        if not like[character] & kept.keys():
            kept[character] = drawn[character]
    return kept


def _without_shared(drawn: Drawn) -> Drawn:
    """Without drawings of two characters, as a and A in a font of capitals, or o of two scripts in two fonts."""
    of_glyph: dict[bytes, set[str]] = defaultdict(set)
    for character, by_font in drawn.items():
        for glyph in by_font.values():
            of_glyph[glyph].add(character)
    return {
        character: {font: glyph for font, glyph in by_font.items() if len(of_glyph[glyph]) == 1}
        for character, by_font in drawn.items()
    }

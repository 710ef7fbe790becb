"""Fonts of rectangles: what a letter looks like, and which are missing, is chosen."""

from collections.abc import Mapping
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

UNITS = 100
# Left, bottom, right, top, in hundredths of the size.
Box = tuple[int, int, int, int]
NOTDEF: Box = (0, 0, 40, 70)


def make_font(path: Path, family: str, letters: Mapping[str, Box | None], style: str = "Regular") -> Path:
    """Write a font with a rectangle for each letter, None for nothing at all."""
    names = {letter: f"u{ord(letter):05X}" for letter in letters}
    boxes = {".notdef": NOTDEF, **{names[letter]: box for letter, box in letters.items()}}
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder(list(boxes))
    builder.setupCharacterMap({ord(letter): name for letter, name in names.items()})
    builder.setupGlyf({name: _glyph(box) for name, box in boxes.items()})
    builder.setupHorizontalMetrics({name: (UNITS, box[0] if box else 0) for name, box in boxes.items()})
    builder.setupHorizontalHeader(ascent=80, descent=-20)
    builder.setupNameTable({"familyName": family, "styleName": style})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def make_collection(path: Path, *fonts: Path) -> Path:
    collection = TTCollection()
    collection.fonts = [TTFont(font) for font in fonts]
    collection.save(path)
    return path


def _glyph(box: Box | None):
    pen = TTGlyphPen(None)
    if box:
        left, bottom, right, top = box
        pen.moveTo((left, bottom))
        for point in ((left, top), (right, top), (right, bottom)):
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()

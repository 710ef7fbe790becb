"""The fonts in files and folders: one face of each family, the characters that it has, and their scripts."""

import contextlib
import dataclasses
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from semihard._core.extras import DRAWINGS, MissingPackage

SUFFIXES = (".otf", ".ttc", ".ttf")
# What upright letters of a middling weight are called, the plainest first.
_PLAIN = ("regular", "book", "roman", "normal", "medium")

# Common, inherited, unknown.
_NO_SCRIPT = ("Zyyy", "Zinh", "Zzzz")


@dataclasses.dataclass(frozen=True)
class Face:
    """One face of a file: `number` counts those of a collection (.ttc)."""

    family: str
    path: Path
    number: int
    characters: frozenset[str]


def find_faces(fonts: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Face]:
    """Return the plainest face of each family, ordered by the families' names.

    Bold and slanted faces are left out: they would be a second drawing by the same hand.

    Args:
        fonts: files, and folders in which to look for them at any depth.

    Raises:
        FileNotFoundError: one of them is not there.
        ValueError: no font in them, or a file that cannot be read.
        MissingPackage: fontTools is not installed.
    """
    given = [fonts] if isinstance(fonts, str | os.PathLike) else list(fonts)
    families: dict[str, list[tuple[int, str, str, int, Path]]] = {}
    for path in _files([Path(path) for path in given]):
        with _opened(path) as faces:
            for number, font in enumerate(faces):
                style = (font["name"].getBestSubFamilyName() or "").lower()
                rank = _PLAIN.index(style) if style in _PLAIN else len(_PLAIN)
                family = font["name"].getBestFamilyName() or path.stem
                families.setdefault(family, []).append((rank, style, path.name, number, path))
    if not families:
        raise ValueError(f"Expected fonts ({', '.join(SUFFIXES)}) in {', '.join(map(str, given))}. Found none.")
    found = []
    for family in sorted(families):
        *_, number, path = min(families[family])
        with _opened(path) as faces:
            found.append(Face(family, path, number, frozenset(map(chr, faces[number].getBestCmap() or {}))))
    return found


def script_of(character: str) -> str | None:
    """Return the script of a character, as Unicode calls it; None for what several scripts use.

    Example:
        >>> script_of("ß"), script_of("ひ"), script_of("ー")
        ('Latin', 'Hiragana', None)
    """
    try:
        from fontTools import unicodedata as properties
    except ImportError as error:
        raise MissingPackage("fonttools", DRAWINGS, error) from error
    code = properties.script(character)
    return None if code in _NO_SCRIPT else properties.script_name(code)


def _files(given: list[Path]) -> list[Path]:
    found: set[Path] = set()
    for path in given:
        if not path.exists():
            raise FileNotFoundError(f"Expected a font, or a folder of fonts. Received: {path}, which does not exist.")
        inside = path.rglob("*") if path.is_dir() else [path]
        found.update(file.resolve() for file in inside if file.suffix.lower() in SUFFIXES)  # a link is no second font
    return sorted(found)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[list[Any]]:
    """The faces of a file, whose tables are read when they are asked for."""
    try:
        from fontTools.ttLib import TTCollection, TTFont
    except ImportError as error:
        raise MissingPackage("fonttools", DRAWINGS, error) from error
    # It warns of small faults, as bytes too many in a table that is not read here.
    logging.getLogger("fontTools").addHandler(logging.NullHandler())
    try:
        if path.suffix.lower() == ".ttc":
            with TTCollection(str(path), lazy=True) as collection:
                yield collection.fonts
        else:
            with TTFont(str(path), lazy=True) as font:
                yield [font]
    except Exception as error:  # its readers raise what parsing bytes can raise: struct.error, AssertionError, …
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"Expected {path} to be a font. Received: {reason}. Remove or replace it.") from error

"""Text tables of users, row by row: one rule for all of what can be wrong with them."""

import csv
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from semihard._core.text import open_text

Row = tuple[int, list[str]]  # the number of its line, the first is 1, and its cells


def rows_of_tsv(path: str | os.PathLike[str]) -> Iterator[Row]:
    r"""Yield the rows of a table without quoting: a tab ends a cell and a line end a row, whatever stands around them.

    Every row has as many cells as the first. Empty lines at the end are left out, and so are those between rows of
    several cells, for they cannot be rows.

    Raises:
        OSError: the file cannot be read.
        ValueError: another encoding (see `open_text`), rows of other lengths, an empty line in a table of one column,
            or a byte order mark within. The message names the file and the line.

    Example:
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "meta.tsv"
        >>> _ = path.write_text('a\tb\n"7\t\n\n', encoding="utf-8-sig")
        >>> list(rows_of_tsv(path))
        [(1, ['a', 'b']), (2, ['"7', ''])]
    """
    with open_text(path) as file:
        yield from _checked(_split(file, path), path, "Tabs separate cells, and quotes do not hold a tab in a cell")


def rows_of_csv(path: str | os.PathLike[str], delimiter: str = ",") -> Iterator[Row]:
    """Yield the rows of a table in which double quotes may hold anything; else as `rows_of_tsv`.

    A row's number is that of the line in which it ends. NUL and quotes that are not closed are refused.
    """
    with open_text(path, newline="") as file:
        reader = csv.reader(_without_nul(file, path), delimiter=delimiter, strict=True)
        rows = ((reader.line_num, row) for row in reader)
        try:
            yield from _checked(rows, path, f"Put double quotes around a cell that holds {delimiter!r}")
        except csv.Error as error:
            raise ValueError(
                f"Expected {path} to be a table of cells separated by {delimiter!r}. Line {reader.line_num}: {error}. "
                "Close each double quote, and write one within a cell twice."
            ) from error


def own_names(names: Sequence[str], path: str | os.PathLike[str]) -> list[str]:
    """Return the names of a table's columns; raise `ValueError` if two are the same.

    Example:
        >>> own_names(["path", "label"], "t.csv")
        ['path', 'label']
    """
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        listed = ", ".join(repr(name) for name in twice[:10])
        raise ValueError(
            f"Expected columns with names of their own in {path}. Received: {listed} more than once. "
            "Rename or drop one."
        )
    return list(names)


def listed_names(names: Sequence[str]) -> str:
    """Return the names of a table's columns for a message: the first ten."""
    return ", ".join(names[:10]) + (f", … ({len(names)} in all)" if len(names) > 10 else "")


def _checked(rows: Iterable[Row], path: str | os.PathLike[str], advice: str) -> Iterator[Row]:
    width, empty = 0, 0
    for number, row in rows:
        if not row:
            empty = empty or number
            continue
        if empty and width < 2:
            expected = "a label" if width else "the first row"
            raise ValueError(
                f"Expected {expected} in each line of {path}. Line {empty} is empty. Fill it in, or drop its sample."
            )
        if row[0].startswith("\ufeff"):
            raise ValueError(
                f"Expected a byte order mark at the start of {path} only. Line {number} begins with one, as where two "
                "files were joined. Remove it, and a second header."
            )
        width, empty = width or len(row), 0
        if len(row) != width:
            raise ValueError(f"Expected {width} columns in {path}. Line {number} has {len(row)}. {advice}.")
        yield number, row


def _split(file: IO[str], path: str | os.PathLike[str]) -> Iterator[Row]:
    for number, line in enumerate(file, 1):
        if line.endswith("\0"):  # `write_tsv` keeps a NUL in a label, but a line end follows it
            raise _nul(path, number)
        text = line.removesuffix("\n")
        yield number, text.split("\t") if text else []


def _without_nul(file: IO[str], path: str | os.PathLike[str]) -> Iterator[str]:
    for number, line in enumerate(file, 1):
        if "\0" in line:
            raise _nul(path, number)
        yield line


def _nul(path: str | os.PathLike[str], number: int) -> ValueError:
    return ValueError(
        f"Expected {path} to be text. Line {number} holds a NUL, as UTF-16 without a byte order mark does. "
        "Save it as UTF-8."
    )

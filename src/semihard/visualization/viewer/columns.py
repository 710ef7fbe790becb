"""Metadata as the page needs it: each column as numbers, or as codes of its distinct texts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.columns import column_cells

# How a number is written that comes back as it was: "007" and "1e400" are names.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True)
class Column:
    """One column of metadata.

    Attributes:
        name: of the column.
        values: the distinct texts in their natural order ("2" before "10"); None for numbers.
        data: int32 [n], the place of each sample's text in `values`; or float64 [n].
        flag: whether the second of `values` is what one looks for, and the first what is as it should be.
    """

    name: str
    values: list[str] | None
    data: NDArray[Any]
    flag: bool = False

    def text(self, i: int) -> str:
        """Return what sample i has here, as text."""
        return f"{self.data[i]:g}" if self.values is None else self.values[self.data[i]]


def make_columns(metadata: Any, count: int, label: str | None = None) -> tuple[list[Column], int]:
    """Return the columns of `metadata` and which of them holds the labels.

    The labels are always text. Another column is one of numbers if each of its cells is a number, as such or written.

    Args:
        metadata: labels [n] or [n, 1], or a mapping from names to such columns; None counts as an empty text.
        count: how many samples there are.
        label: the name of the column with the labels; by default "label", or the only one.

    Raises:
        TypeError: a single string.
        ValueError: no such column, no column, or one of another length or shape.

    Example:
        >>> columns, label = make_columns({"size": ["3", "0.5"], "label": ["b", "a"]}, 2)
        >>> label, columns[0].data.tolist(), columns[1].values, columns[1].data.tolist()
        (1, [3.0, 0.5], ['a', 'b'], [1, 0])
    """
    table = dict(metadata) if isinstance(metadata, Mapping) else {label or "label": metadata}
    names = [str(name) for name in table]
    wanted = names[0] if label is None and len(names) == 1 else label or "label"
    if wanted not in names:
        raise ValueError(f"Expected a column {wanted!r} of labels. Found: {', '.join(names) or 'none'}. Name one.")
    chosen = names.index(wanted)
    columns = []
    for place, (name, values) in enumerate(zip(names, table.values(), strict=True)):
        given = column_cells(f"metadata[{name!r}]", values, count)
        cells = given if isinstance(given, list) else given.tolist()
        numbers = None if place == chosen else _numbers(cells)
        columns.append(Column(name, *_codes(cells)) if numbers is None else Column(name, None, numbers))
    return columns, chosen


def _numbers(cells: Sequence[Any]) -> NDArray[np.float64] | None:
    for cell in cells:
        number = isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < 2**53
        if not (number or (isinstance(cell, str) and _NUMBER.fullmatch(cell))):
            return None
    return np.array([float(cell) for cell in cells])


def _codes(cells: Sequence[Any]) -> tuple[list[str], NDArray[np.int32]]:
    texts = [_text(cell) for cell in cells]
    values = sorted(set(texts), key=_natural)
    code = {text: place for place, text in enumerate(values)}
    return values, np.fromiter((code[text] for text in texts), np.int32, len(texts))


def _text(cell: Any) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="replace")
    return "" if cell is None else str(cell)


def _natural(text: str) -> tuple[list[tuple[int, int, str]], str]:
    # Of more digits `int` makes no number by default, and they are no number to a reader either.
    parts = [part for part in re.split(r"([0-9]{1,18})", text) if part]
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts], text

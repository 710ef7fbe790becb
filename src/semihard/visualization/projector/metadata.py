"""What stands beside the vectors: one label a line, or a table with a header."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from semihard._core.columns import column_cells

BLANK = "(blank)"

# Tab, and every character at which some reader ends a line: str.splitlines() knows eleven, JavaScript four of them.
# The byte order mark is here because decoders drop it at the start of a file.
_SEPARATORS = re.compile("\r\n|[\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029\ufeff]")


def clean_label(label: Any) -> str:
    r"""Return `label` as text that takes exactly one cell of a TSV file and is never blank.

    Args:
        label: a string, bytes (read as UTF-8), None (blank) or anything that `str` can write.

    Example:
        >>> clean_label("7\tseven\r\n"), clean_label("  "), clean_label(7)
        ('7 seven ', '(blank)', '7')
    """
    if isinstance(label, bytes):
        label = label.decode("utf-8", errors="replace")
    text = "" if label is None else _SEPARATORS.sub(" ", str(label))
    return text if text.strip() else BLANK


def metadata_lines(metadata: Any, count: int) -> Iterator[str]:
    r"""Return the lines of a metadata file, each with its line feed, made one at a time.

    There is a header exactly if there are several columns: a file of one column has none in the projector's eyes, and
    its name would be the label of the first vector.

    Args:
        metadata: labels [count] or [count, 1], or a table: a mapping from names to columns of [count] or [count, 1], a
            pandas DataFrame, or a structured NumPy array [count].
        count: how many vectors there are.

    Raises:
        TypeError: a single string, or something without a length.
        ValueError: columns of another shape or length, no column, or two columns of one name. Both before the first
            line.

    Example:
        >>> list(metadata_lines([7, ""], 2))
        ['7\n', '(blank)\n']
        >>> list(metadata_lines({"label": [7, 2], "file": ["a.png", "b.png"]}, 2))
        ['label\tfile\n', '7\ta.png\n', '2\tb.png\n']
    """
    table = _table(metadata)
    if table is None:
        columns, header = [column_cells("metadata", metadata, count)], []
    else:
        columns = [column_cells(f"metadata[{name!r}]", column, count) for name, column in table.items()]
        # As they will stand in the file, which cannot hold lone surrogates.
        header = [clean_label(name).encode("utf-8", "replace").decode() for name in table]
    if not columns:
        raise ValueError("Expected `metadata` to have at least one column. Received: none.")
    if len({*header}) < len(header):
        raise ValueError(f"Expected columns of `metadata` with names of their own. Received: {', '.join(header)}.")
    return _lines(header if len(columns) > 1 else [], columns)


def _lines(header: list[str], columns: Sequence[Iterable[Any]]) -> Iterator[str]:
    if header:
        yield "\t".join(header) + "\n"
    for row in zip(*columns, strict=True):
        yield "\t".join(map(clean_label, row)) + "\n"


def _table(metadata: Any) -> dict[Any, Any] | None:
    if isinstance(metadata, Mapping):
        return dict(metadata)
    names = getattr(getattr(metadata, "dtype", None), "names", None)  # of a structured array
    if names is None and hasattr(metadata, "columns"):  # a DataFrame
        names = list(metadata.columns)
    return None if names is None else {name: metadata[name] for name in names}

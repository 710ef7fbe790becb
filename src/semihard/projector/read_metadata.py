"""The columns of a metadata file."""

import os
from pathlib import Path


def read_metadata(path: str | os.PathLike[str]) -> dict[str, list[str]]:
    r"""Read all columns of a metadata file: name → cells.

    Args:
        path: a file as `write_tsv` writes it, or any that follows the rules of the Embedding Projector: one column
            without a header, or several with one.

    Returns:
        The columns in their order; a single one is called "label".

    Raises:
        OSError: the file is missing or cannot be read.
        ValueError: it is empty, or a line has more or fewer cells than the header.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "meta.tsv"
        >>> _ = path.write_text("label\tfile\n7\ta.png\n2\tb.png\n")
        >>> read_metadata(path)
        {'label': ['7', '2'], 'file': ['a.png', 'b.png']}
    """
    header, rows = metadata_cells(path)
    if not header:
        return {"label": [row[0] for row in rows]}
    return {name: [row[place] for row in rows] for place, name in enumerate(header)}


def metadata_cells(path: str | os.PathLike[str]) -> tuple[list[str], list[list[str]]]:
    """Return the header, which is empty where there is one column, and the cells of each line after it."""
    # Only LF and CR LF end a line: other separators of Unicode may stand in a label.
    with Path(path).open(encoding="utf-8", newline="") as handle:
        lines = [line.removesuffix("\r") for line in handle.read().split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise ValueError(f"Expected labels in {path}. Received: an empty file.")
    cells = [line.split("\t") for line in lines]
    width = len(cells[0])
    for number, row in enumerate(cells, 1):
        if len(row) != width:
            raise ValueError(f"Expected {width} columns in {path}. Line {number} has {len(row)}.")
    return ([], cells) if width == 1 else (cells[0], cells[1:])

"""The columns of a metadata file."""

import os

from semihard._core.tables import Row, own_names, rows_of_tsv


def read_metadata(path: str | os.PathLike[str]) -> dict[str, list[str]]:
    r"""Read all columns of a metadata file: name → cells.

    Args:
        path: a file as `write_tsv` writes it, or any that follows the rules of the Embedding Projector: one column
            without a header, or several with one, and no quoting. UTF-8, or UTF-16 with a byte order mark.

    Returns:
        The columns in their order; a single one is called "label".

    Raises:
        OSError: the file is missing or cannot be read.
        ValueError: it is empty or in another encoding, a line has more or fewer cells than the header, or two columns
            have one name.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "meta.tsv"
        >>> _ = path.write_text("label\tfile\n7\ta.png\n2\tb.png\n")
        >>> read_metadata(path)
        {'label': ['7', '2'], 'file': ['a.png', 'b.png']}
    """
    header, rows = metadata_cells(path)
    if not header:
        return {"label": [row[0] for _, row in rows]}
    return {name: [row[place] for _, row in rows] for place, name in enumerate(header)}


def metadata_cells(path: str | os.PathLike[str]) -> tuple[list[str], list[Row]]:
    """Return the header, which is empty where there is one column, and the rows after it."""
    rows = list(rows_of_tsv(path))
    if not rows:
        raise ValueError(f"Expected labels in {path}. Received: an empty file.")
    header = rows[0][1]
    return ([], rows) if len(header) == 1 else (own_names(header, path), rows[1:])

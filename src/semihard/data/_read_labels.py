"""The labels of a folder of images or of a table, without reading any image."""

import os
from typing import Any

from semihard.data._listing import listing


def read_labels(path: str | os.PathLike[str]) -> list[Any]:
    """Return the label of each sample.

    Args:
        path: a folder that has a sub-folder of images for each class, or a CSV, TSV (by its suffix) or Parquet file
            with a column `label`. Labels from Parquet keep their type; others are strings. Parquet needs pyarrow
            (`semihard[tables]`). Text is UTF-8, or UTF-16 with a byte order mark.

    Raises:
        FileNotFoundError: there is nothing at `path`.
        ValueError: no image or row, no such column or two of one name, a row without a label or of another length
            (named by its number), or another encoding.
        ImportError: a Parquet file without pyarrow.

    Example:
        >>> import tempfile, pathlib
        >>> table = pathlib.Path(tempfile.mkdtemp()) / "table.csv"
        >>> _ = table.write_text("path,label\\na.png,cat\\nb.png,dog\\n")
        >>> read_labels(table)
        ['cat', 'dog']
    """
    return listing(path, "label")[0]

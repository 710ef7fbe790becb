"""The labels of a folder of images or of a table, without reading any image."""

import csv
import os
from pathlib import Path

IMAGES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


def read_labels(path: str | os.PathLike[str]) -> list[str]:
    """Return the label of each sample.

    Args:
        path: a folder that has a sub-folder of images for each class, or a CSV file with a column `label`.

    Raises:
        FileNotFoundError: there is nothing at `path`.
        ValueError: no image or row, no such column, or a row without a label (named by its line).

    Example:
        >>> import tempfile
        >>> table = Path(tempfile.mkdtemp()) / "table.csv"
        >>> _ = table.write_text("path,label\\na.png,cat\\nb.png,dog\\n")
        >>> read_labels(table)
        ['cat', 'dog']
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"Expected a folder or a CSV file. Received: {path}, which does not exist.")
    labels = _of_folder(path) if path.is_dir() else _of_table(path)
    if not labels:
        raise ValueError(
            f"Expected {'images in sub-folders, one a class,' if path.is_dir() else 'rows'} in {path}. Found none."
        )
    return labels


def _of_folder(path: Path) -> list[str]:
    return [
        folder.name
        for folder in sorted(path.iterdir())
        if folder.is_dir()
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in IMAGES
    ]


def _of_table(path: Path) -> list[str]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            columns = rows.fieldnames or []
            if "label" not in columns:
                raise ValueError(
                    f"Expected a column `label` in {path}. Found: {', '.join(columns) or 'an empty file'}."
                )
            labels = []
            for row in rows:
                if not row["label"]:
                    raise ValueError(f"Expected a label in every row of {path}. Line {rows.line_num} has none.")
                labels.append(row["label"])
            return labels
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"Expected {path} to be a CSV table in UTF-8. {error}.") from error

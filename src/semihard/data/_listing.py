"""The samples of a folder of images or of a table, without reading any image."""

import csv
import os
from pathlib import Path
from typing import Any

from semihard._extras import TABLES, MissingPackage

IMAGES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


def listing(path: str | os.PathLike[str], *columns: str) -> list[list[Any]]:
    """Return the asked columns, "label" or "path", of each sample in `path`: one list a column, of the same length.

    Raises:
        FileNotFoundError: there is nothing at `path`.
        ValueError: no image or row, no such column, or a row without a value (named by its number).
        MissingPackage: a Parquet table without pyarrow.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"Expected a folder, a CSV or a Parquet file. Received: {path}, which does not exist.")
    if path.is_dir():
        found = _of_folder(path)
    elif path.suffix.lower() in {".parquet", ".pq"}:
        found = _of_parquet(path, columns)
    else:
        found = _of_csv(path, columns)
    if not found["label"]:
        raise ValueError(
            f"Expected {'images in sub-folders, one a class,' if path.is_dir() else 'rows'} in {path}. Found none."
        )
    if "path" in columns and not path.is_dir():
        found["path"] = [path.parent / name for name in found["path"]]  # an absolute name stays as it is
    return [found[column] for column in columns]


def _of_folder(path: Path) -> dict[str, list[Any]]:
    files = [
        (folder.name, file)
        for folder in sorted(path.iterdir())
        if folder.is_dir()
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in IMAGES
    ]
    return {"label": [label for label, _ in files], "path": [file for _, file in files]}


def _of_csv(path: Path, columns: tuple[str, ...]) -> dict[str, list[Any]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            _require(columns, list(rows.fieldnames or []), path)
            found: dict[str, list[Any]] = {column: [] for column in columns}
            for row in rows:
                for column in columns:
                    if not row[column]:
                        raise ValueError(
                            f"Expected a {column} in every row of {path}. Line {rows.line_num} has none. "
                            "Fill it in or drop the row."
                        )
                    found[column].append(row[column])
            return found
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"Expected {path} to be a CSV table in UTF-8. {error}.") from error


def _of_parquet(path: Path, columns: tuple[str, ...]) -> dict[str, list[Any]]:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError as error:
        raise MissingPackage("pyarrow", TABLES, error) from error
    try:
        _require(columns, parquet.read_schema(path).names, path)
        table = parquet.read_table(path, columns=list(columns))
    except ArrowInvalid as error:
        raise ValueError(f"Expected {path} to be a Parquet table. {str(error).splitlines()[0]}") from error
    found = {column: table[column].to_pylist() for column in columns}
    for column, values in found.items():
        for row, value in enumerate(values):
            if value is None or value == "":
                raise ValueError(
                    f"Expected a {column} in every row of {path}. Row {row} has none. Fill it in or drop the row."
                )
    return found


def _require(columns: tuple[str, ...], present: list[str], path: Path) -> None:
    for column in columns:
        if column not in present:
            raise ValueError(
                f"Expected a column `{column}` in {path}. Found: {', '.join(present) or 'an empty file'}. Rename it."
            )

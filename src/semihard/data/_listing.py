"""The samples of a folder of images or of a table, without reading any image."""

import os
import warnings
from pathlib import Path
from typing import Any

from semihard._core.extras import TABLES, MissingPackage
from semihard._core.folders import SUFFIXES, image_files, is_visible
from semihard._core.tables import listed_names, own_names, rows_of_csv

_LISTED = ", ".join(SUFFIXES)


def listing(path: str | os.PathLike[str], *columns: str, optional: str | None = None) -> list[Any]:
    """Return the asked columns, "label" or "path", of each sample in `path`: one list a column, of the same length.

    With the name of an `optional` column one more list, of that column; None where there is none.

    In a folder, names that `is_visible` does not see are no classes and no samples. A sub-folder without an image makes
    no class, and an image outside of all no sample; both are warned of.

    Raises:
        FileNotFoundError: there is nothing at `path`.
        ValueError: no image or row, no such column or two of one name, a row without a value or of another length, or
            another encoding than UTF-8 (or UTF-16 with a byte order mark).
        MissingPackage: a Parquet table without pyarrow.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"Expected a folder, a CSV or a Parquet file. Received: {path}, which does not exist.")
    if path.is_dir():
        found = _of_folder(path)
    elif path.suffix.lower() in {".parquet", ".pq"}:
        found = _of_parquet(path, columns, optional)
    else:
        found = _of_text(path, columns, optional)
    if not found["label"]:
        raise ValueError(f"Expected rows in {path}. Found none.")
    if "path" in columns and not path.is_dir():
        found["path"] = [path.parent / name for name in found["path"]]  # an absolute name stays as it is
    return [*(found[column] for column in columns), *([] if optional is None else [found.get(optional)])]


def _of_folder(path: Path) -> dict[str, list[Any]]:
    found = [(file.relative_to(path).parts, file) for file in image_files(path)]
    samples = [(parts[0], file) for parts, file in found if len(parts) > 1]
    loose = len(found) - len(samples)
    if not samples:
        raise ValueError(
            f"Expected images in sub-folders, one a class, in {path}. Found {loose} images in it and none in "
            "sub-folders. Put those of each class into a folder of its own, or name them in a table of path and label."
            if loose
            else f"Expected images in sub-folders, one a class, in {path}. Found none. Images end in {_LISTED}."
        )
    classes = {label for label, _ in samples}
    folders = sorted(folder.name for folder in path.iterdir() if folder.is_dir() and is_visible(folder.name))
    if empty := [name for name in folders if name not in classes]:
        few = ", ".join(empty[:10]) + (", …" if len(empty) > 10 else "")
        warnings.warn(
            f"{len(empty)} of {len(folders)} sub-folders of {path} hold no images and make no class: {few}. Images end "
            f"in {_LISTED}.",
            stacklevel=4,
        )
    if loose:
        warnings.warn(
            f"Images in {path} itself are left out, {loose} of them: only a sub-folder makes a class.", stacklevel=4
        )
    return {"label": [label for label, _ in samples], "path": [file for _, file in samples]}


def _of_text(path: Path, columns: tuple[str, ...], optional: str | None) -> dict[str, list[Any]]:
    rows = rows_of_csv(path, "\t" if path.suffix.lower() in {".tsv", ".tab"} else ",")
    _, header = next(rows, (1, []))
    _require(columns, header, path)
    columns += (optional,) if optional is not None and optional in header else ()
    places = [header.index(column) for column in columns]
    found: dict[str, list[Any]] = {column: [] for column in columns}
    for number, row in rows:
        for column, place in zip(columns, places, strict=True):
            if not row[place].strip():
                raise ValueError(
                    f"Expected a {column} in every row of {path}. Line {number} has none. Fill it in or drop the row."
                )
            found[column].append(row[place])
    return found


def _of_parquet(path: Path, columns: tuple[str, ...], optional: str | None) -> dict[str, list[Any]]:
    try:
        from pyarrow import ArrowInvalid, parquet, types
    except ImportError as error:
        raise MissingPackage("pyarrow", TABLES, error) from error
    try:
        present = parquet.read_schema(path).names
        _require(columns, present, path)
        columns += (optional,) if optional is not None and optional in present else ()
        table = parquet.read_table(path, columns=list(columns))
    except ArrowInvalid as error:
        raise ValueError(f"Expected {path} to be a Parquet table. {str(error).splitlines()[0]}") from error
    for column in columns:
        if types.is_nested(table[column].type):
            raise ValueError(
                f"Expected one number or text a row in column `{column}` of {path}. Received: {table[column].type}. "
                "Choose one of its values for each row."
            )
    found = {column: table[column].to_pylist() for column in columns}
    for column, values in found.items():
        for row, value in enumerate(values):
            if column == "path" and not isinstance(value, str | None):
                raise ValueError(f"Expected texts in column `path` of {path}. Received: {value!r} in row {row}.")
            if value is None or value != value or (isinstance(value, str) and not value.strip()):  # NaN is not itself
                raise ValueError(
                    f"Expected a {column} in every row of {path}. Row {row} has none. Fill it in or drop the row."
                )
    return found


def _require(columns: tuple[str, ...], present: list[str], path: Path) -> None:
    own_names(present, path)
    for column in columns:
        if column not in present:
            advice = "Rename it."
            if len(present) == 1 and any(mark in present[0] for mark in ";\t|"):
                advice = "Separate the columns by commas, or by tabs in a file that ends in .tsv."
            raise ValueError(
                f"Expected a column `{column}` in {path}. Found: {listed_names(present) or 'an empty file'}. {advice}"
            )

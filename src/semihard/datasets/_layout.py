"""What the readers of the standard sets share: folders, lists and counts that are as published, or said not to be."""

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from semihard._core.text import open_text
from semihard.datasets.image_table import ImageTable

# Part → its images and classes.
Counts = Mapping[str, tuple[int, int]]


def root_of(data_set: str, path: str | os.PathLike[str], *inside: str) -> Path:
    """Return `path` once all of these files and folders are in it.

    Raises:
        FileNotFoundError: `path` or one of them is not there.
    """
    root = Path(path).absolute()
    missing = [name for name in inside if not (root / name).exists()]
    if missing:
        received = f"no {', no '.join(missing)}" if root.is_dir() else "no such folder"
        raise FileNotFoundError(
            f"Expected {data_set} in {root}: a folder that holds {', '.join(inside)}. Received: {received}. Name the "
            "folder that its archive was unpacked to."
        )
    return root


def rows_of(path: Path, *columns: str, skip: int = 0) -> Iterator[list[str]]:
    """Yield the cells of each line, as many as there are columns, which spaces separate.

    Args:
        path: of the file.
        columns: what they are called, for errors.
        skip: lines at the start that hold something else.

    Raises:
        ValueError: a line of fewer or more cells, or another encoding than UTF-8.
    """
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            cells = line.split()
            if number <= skip or not cells:
                continue
            if len(cells) != len(columns):
                raise ValueError(
                    f"Expected {' '.join(columns)} in each line of {path}. Received: {line.strip()[:80]!r} in line "
                    f"{number}. Unpack its archive again."
                )
            yield cells


def whole(name: str, text: str, path: Path) -> int:
    """Return a cell that is a whole number, or raise `ValueError`."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(
            f"Expected {name} to be a whole number in {path}. Received: {text!r}. Unpack its archive again."
        ) from None


def there(data_set: str, paths: Iterable[Path]) -> list[Path]:
    """Return the paths, all of which are files.

    Raises:
        FileNotFoundError: some are not; the message names three.
    """
    paths = list(paths)
    folders = {path.parent for path in paths}  # listed, which is sooner done than to ask for each file
    found = {file for folder in folders if folder.is_dir() for file in folder.iterdir()}
    missing = [path for path in paths if path not in found]
    if missing:
        raise FileNotFoundError(
            f"Expected the {len(paths):,} images that the lists of {data_set} name. Missing are {len(missing):,}, as "
            f"{', '.join(map(str, missing[:3]))}. Unpack its archive again."
        )
    return paths


def with_counts(data_set: str, table: ImageTable, column: str, published: Counts) -> ImageTable:
    """Return the table; warn where its parts have other numbers of images or classes than the published ones."""
    parts = table.columns.get(column, table.split)
    other = []
    for part, (images, classes) in published.items():
        labels = [label for label, own in zip(table.labels, parts, strict=True) if own == part]
        if (len(labels), len(set(labels))) != (images, classes):
            other.append(f"{part} {len(labels):,} of {len(set(labels)):,} instead of {images:,} of {classes:,}")
    if other:
        warnings.warn(
            f"Other numbers of images and classes than {data_set} has: {'; '.join(other)}. Figures on them cannot be "
            "compared with published ones.",
            stacklevel=3,
        )
    return table

"""Which pictures are meant: those of folders and tables, single ones, and the labels that stand with them."""

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from semihard._core.extras import TABLES, MissingPackage
from semihard._core.folders import SUFFIXES, image_files
from semihard._core.tables import listed_names, own_names, rows_of_csv

# The column of a gallery with the paths of its pictures.
FILE = "file"
TEXT_TABLES, PARQUET = (".csv", ".tsv", ".tab"), (".parquet", ".pq")


class Photos(NamedTuple):
    """Attributes:
    paths: [n], to be opened from the current directory.
    labels: [n], as they were read; None where there is none.
    root: the folder that all lie in, if one folder was given.
    """

    paths: list[str]
    labels: list[Any]
    root: str | None


def find_photos(data: Any) -> Photos:
    """List pictures without reading one, in the order given; those of a folder in the order of their names.

    Args:
        data: a path, or a list of them. A folder is searched at any depth, and a sub-folder right below it is a label.
            A CSV, TSV or Parquet table has a column `path` and may have one of labels, `label`, empty where there is
            none; its relative paths begin at its own folder. Any other path is a picture without a label.

    Raises:
        OSError, ValueError, TypeError: there is nothing, no picture in it, or a table without paths.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "cat").mkdir()
        >>> for name in ("loose.png", "cat/a.jpg"):
        ...     (folder / name).touch()
        >>> photos = find_photos(folder)
        >>> [Path(path).name for path in photos.paths], photos.labels
        (['a.jpg', 'loose.png'], ['cat', None])
    """
    single = isinstance(data, str | os.PathLike)
    if not single and not isinstance(data, Iterable):
        raise TypeError(f"Expected `data` to be a path or a list of paths. Received: {type(data).__name__}.")
    given = [data] if single else list(data)
    paths: list[str] = []
    labels: list[Any] = []
    for one in given:
        if not isinstance(one, str | os.PathLike) or not os.fspath(one):
            raise TypeError(f"Expected a path of pictures. Received: {one!r}.")
        path = Path(one)
        if len(given) == 1 and not os.path.lexists(path):
            raise FileNotFoundError(f"Expected a folder, a table or a picture. Received: {path}, which does not exist.")
        if path.is_dir():
            found = [(str(file), file.relative_to(path).parts) for file in image_files(path)]
            if not found:
                raise ValueError(f"Expected images in {path}. Found none. Images end in {', '.join(SUFFIXES)}.")
            paths += [file for file, _ in found]
            labels += [parts[0] if len(parts) > 1 else None for _, parts in found]
        elif path.suffix.lower() in (*TEXT_TABLES, *PARQUET):
            table = _of_parquet(path) if path.suffix.lower() in PARQUET else _of_text(path)
            if not table:
                raise ValueError(f"Expected rows in {path}. Found none.")
            paths += [str(path.parent / name) for name, _ in table]
            labels += [label for _, label in table]
        else:
            paths.append(str(path))
            labels.append(None)
    if not paths:
        raise ValueError("Expected pictures. Received: an empty list.")
    return Photos(paths, labels, str(Path(given[0])) if len(given) == 1 and Path(given[0]).is_dir() else None)


def fingerprint(photos: Photos, *, times: bool) -> str:
    """SHA-256 of the names, sizes and labels of pictures, and of when they were written if `times`."""
    digest = hashlib.sha256()
    for path, label in zip(photos.paths, photos.labels, strict=True):
        status = status_of(path)
        known = (-1, -1) if status is None else (status.st_size, status.st_mtime_ns if times else 0)
        digest.update(json.dumps([path, *known, repr(label)]).encode("ascii"))
    return digest.hexdigest()


def newest(photos: Photos) -> float:
    """When the last of the pictures was written, in seconds since 1970."""
    return max((status.st_mtime for path in photos.paths if (status := status_of(path)) is not None), default=0.0)


def status_of(path: str) -> os.stat_result | None:
    """What the system says of a regular file; None where there is none."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def rebased(path: str, folder: Path) -> str:
    """A path as it is to be kept in `folder`: a relative one begins there, an absolute one stays as it is."""
    return path if Path(path).is_absolute() else _beginning_at(folder, str(Path(path).absolute()))


def moved(path: str, before: Path, folder: Path) -> str:
    """A path that was kept in the folder `before` as it is to be kept in `folder`: it leads to the same file.

    Example:
        >>> moved("../photos/1.png", Path("here/gallery"), Path("there/bundle/gallery"))
        '../../../here/photos/1.png'
    """
    return path if Path(path).is_absolute() else _beginning_at(folder, str(Path(os.path.realpath(before), path)))


def printable(path: str) -> str:
    """A path that UTF-8 can hold."""
    return path.encode("utf-8", "backslashreplace").decode()


def _beginning_at(folder: Path, path: str) -> str:
    try:
        # ".." of a link leads to where the link leads.
        return Path(os.path.relpath(path, os.path.realpath(folder))).as_posix()
    except ValueError:  # on another drive
        return path


def name_within(path: str, root: str | None) -> str:
    """A path without the folder that all lie in.

    Example:
        >>> name_within("photos/cat/1.png", "photos"), name_within("1.png", None)
        ('cat/1.png', '1.png')
    """
    return Path(path).relative_to(root).as_posix() if root is not None else path


def _of_text(path: Path) -> list[tuple[str, Any]]:
    rows = rows_of_csv(path, "," if path.suffix.lower() == ".csv" else "\t")
    _, header = next(rows, (1, []))
    _require_path(header, path)
    place, label = header.index("path"), header.index("label") if "label" in header else None
    found = []
    for number, row in rows:
        if not row[place].strip():
            raise ValueError(f"Expected a path in every row of {path}. Line {number} has none. Fill it in or drop it.")
        found.append((row[place], (row[label] or None) if label is not None else None))
    return found


def _of_parquet(path: Path) -> list[tuple[str, Any]]:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError as error:
        raise MissingPackage("pyarrow", TABLES, error) from error
    try:
        present = parquet.read_schema(path).names
        _require_path(present, path)
        table = parquet.read_table(path, columns=[name for name in ("path", "label") if name in present])
    except ArrowInvalid as error:
        raise ValueError(f"Expected {path} to be a Parquet table. {str(error).splitlines()[0]}") from error
    names = table["path"].to_pylist()
    labels = table["label"].to_pylist() if "label" in present else [None] * len(names)
    for row, name in enumerate(names):
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"Expected texts in column `path` of {path}. Received: {name!r} in row {row}.")
    return list(zip(names, labels, strict=True))


def _require_path(present: list[str], path: Path) -> None:
    own_names(present, path)
    if "path" not in present:
        raise ValueError(
            f"Expected a column `path` in {path}. Found: {listed_names(present) or 'an empty file'}. Rename it."
        )

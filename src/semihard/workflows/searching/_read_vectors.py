"""Reads what `semihard.embed` wrote: a Parquet file, or a directory of them."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.workflows.searching._vectors import ABOUT, FORMAT, KEY, VERSION, arrow, shard_file


class Vectors(NamedTuple):
    """What `semihard.embed` wrote.

    Attributes:
        paths: [n], to be opened from the current directory.
        labels: [n]; None where there is none.
        vectors: float32 [n, dim].
        model: hash of the model that made them.
        root: the folder that all pictures lie in, or None.
    """

    paths: list[str]
    labels: list[Any]
    vectors: NDArray[np.float32]
    model: str
    root: str | None


def read_about(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """What the file says of itself: "model", "dim", "root", "job", "failed"; None if it holds no vectors of ours.

    Args:
        path: of the file, or of a directory of them.

    Raises:
        ValueError: it is no Parquet file, or of a later version.
        OSError: it cannot be read.
    """
    said = _said_beside(Path(path)) if Path(path).is_dir() else _said_within(path)
    try:
        found = json.loads(said)
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return None
    if found.get("version") != VERSION:
        raise ValueError(f"Expected {path} of version {VERSION}. Received: {found.get('version')!r}. Update semihard.")
    return found


def read_vectors(path: str | os.PathLike[str]) -> Vectors:
    """Read what `semihard.embed` wrote: a Parquet file, or a directory of them.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds something else, or is damaged.
        ImportError: pyarrow is not installed.
    """
    pa, about = arrow(), read_about(path)
    if about is None:
        raise ValueError(
            f"Expected vectors with the hash of their model, as `semihard.embed` writes them, in {path}. "
            "Received: something else. Embed the pictures first."
        )
    folder = Path(path) if Path(path).is_dir() else Path(path).parent
    shards = about["shards"] if Path(path).is_dir() else None
    files = [path] if shards is None else [shard_file(folder, number) for number in range(shards)]
    columns = ["path", "label", "vector"]
    try:
        table = pa.concat_tables([pa.parquet.read_table(file, columns=columns, partitioning=None) for file in files])
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(path, error) from error
    column = table["vector"].combine_chunks()
    flat = column.chunk(0).flatten() if isinstance(column, pa.ChunkedArray) else column.flatten()
    return Vectors(
        paths=[str(folder / name) for name in table["path"].to_pylist()],
        labels=table["label"].to_pylist(),
        vectors=np.array(flat).reshape(-1, about["dim"]),
        model=about["model"],
        root=None if about["root"] is None else str(folder / about["root"]),
    )


def _said_beside(folder: Path) -> bytes:
    try:
        return (folder / ABOUT).read_bytes()
    except FileNotFoundError:
        return b"null"


def _said_within(path: str | os.PathLike[str]) -> bytes:
    pa = arrow()
    try:
        return bytes((pa.parquet.read_schema(path).metadata or {}).get(KEY, b"null"))
    except pa.ArrowInvalid as error:
        raise _damaged(path, error) from error


def _damaged(path: str | os.PathLike[str], error: Exception) -> ValueError:
    return ValueError(
        f"Expected {path} to be a whole Parquet file. Received: {str(error).splitlines()[0]} Write it again."
    )

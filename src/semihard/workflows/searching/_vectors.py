"""Vectors in Parquet, a file or a directory of them: path, label and vector of each picture, and whose they are."""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.extras import TABLES, MissingPackage
from semihard._core.files import whole_path

FORMAT, VERSION = "semihard vectors", 1
_KEY = b"semihard"
# What a directory of shards says of itself; readers of Parquet pass over what begins so.
ABOUT = "_vectors.json"
# Parts that a row group is made of.
GROUP = 16


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


def arrow() -> Any:
    """Return pyarrow, or raise `MissingPackage`."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingPackage("pyarrow", TABLES, error) from error
    return pyarrow


def write_vectors(
    path: Path,
    paths: Sequence[str],
    labels: Sequence[Any],
    parts: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
    about: dict[str, Any],
) -> None:
    """Write the file whole or not at all, a row group of some parts at a time.

    Args:
        path: of the file.
        paths, labels: of all pictures.
        parts: (places of pictures int64 [n], their vectors [n, dim]).
        about: what JSON can hold, with the keys of `read_about`.
    """
    pa = arrow()
    schema = schema_of(label_type(labels), about)
    with (
        whole_path(path) as temporary,
        pa.parquet.ParquetWriter(temporary, schema, use_dictionary=["label"]) as writer,
    ):
        group: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
        for part in parts:
            group.append(part)
            if len(group) == GROUP:
                writer.write_table(table_of(schema, paths, labels, group))
                group.clear()
        if group:
            writer.write_table(table_of(schema, paths, labels, group))


def label_type(labels: Iterable[Any]) -> Any:
    """The type of pyarrow for labels, of which some may be None; texts if all are."""
    pa = arrow()
    others = [label for label in labels if label is not None and not isinstance(label, str)]
    return pa.array(others).type if others else pa.string()


def schema_of(labels: Any, about: dict[str, Any], *, ids: bool = False) -> Any:
    """The columns of a file, and what it says of itself.

    Args:
        labels: their type of pyarrow.
        about: what JSON can hold, with the key "dim".
        ids: whether there is a column of the pictures' places among all.
    """
    pa = arrow()
    columns = [
        *([("id", pa.int64())] if ids else []),
        ("path", pa.string()),
        ("label", labels),
        ("vector", pa.list_(pa.float32(), about["dim"])),
    ]
    said = json.dumps({"format": FORMAT, "version": VERSION, **about}, sort_keys=True)
    return pa.schema(columns, metadata={_KEY: said})


def table_of(
    schema: Any,
    paths: Sequence[str],
    labels: Sequence[Any],
    parts: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]],
    first: int = 0,
) -> Any:
    """Rows of a file.

    Args:
        schema: as of `schema_of`.
        paths, labels: of pictures that follow one another.
        parts: (places of pictures int64 [n], their vectors [n, dim]).
        first: place of the first path.
    """
    pa = arrow()
    ids = [int(place) for places, _ in parts for place in places]
    flat = pa.array(np.concatenate([vectors for _, vectors in parts]).reshape(-1))
    columns = {
        "id": pa.array(ids, pa.int64()),
        "path": pa.array([paths[place - first] for place in ids], schema.field("path").type),
        "label": pa.array([labels[place - first] for place in ids], schema.field("label").type),
        "vector": pa.FixedSizeListArray.from_arrays(flat, schema.field("vector").type.list_size),
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)


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


def shard_file(folder: Path, number: int) -> Path:
    """One of the files of a directory of vectors. Spark calls its own so, too."""
    return folder / f"part-{number:06}.parquet"


def _said_beside(folder: Path) -> bytes:
    try:
        return (folder / ABOUT).read_bytes()
    except FileNotFoundError:
        return b"null"


def _said_within(path: str | os.PathLike[str]) -> bytes:
    pa = arrow()
    try:
        return bytes((pa.parquet.read_schema(path).metadata or {}).get(_KEY, b"null"))
    except pa.ArrowInvalid as error:
        raise _damaged(path, error) from error


def _damaged(path: str | os.PathLike[str], error: Exception) -> ValueError:
    return ValueError(
        f"Expected {path} to be a whole Parquet file. Received: {str(error).splitlines()[0]} Write it again."
    )

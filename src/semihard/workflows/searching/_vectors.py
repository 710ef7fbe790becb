"""Vectors in a Parquet file: path, label and vector of each picture, and which model made them."""

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
    others = [label for label in labels if label is not None and not isinstance(label, str)]
    schema = pa.schema(
        [
            ("path", pa.string()),
            ("label", pa.array(others).type if others else pa.string()),
            ("vector", pa.list_(pa.float32(), about["dim"])),
        ],
        metadata={_KEY: json.dumps({"format": FORMAT, "version": VERSION, **about}, sort_keys=True)},
    )

    def table(group: list[tuple[NDArray[np.int64], NDArray[np.float32]]]) -> Any:
        rows = [int(row) for part, _ in group for row in part]
        flat = pa.array(np.concatenate([vectors for _, vectors in group]).reshape(-1))
        columns = [
            pa.array([paths[row] for row in rows], schema.field("path").type),
            pa.array([labels[row] for row in rows], schema.field("label").type),
            pa.FixedSizeListArray.from_arrays(flat, about["dim"]),
        ]
        return pa.table(columns, schema=schema)

    with (
        whole_path(path) as temporary,
        pa.parquet.ParquetWriter(temporary, schema, use_dictionary=["label"]) as writer,
    ):
        group: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
        for part in parts:
            group.append(part)
            if len(group) == GROUP:
                writer.write_table(table(group))
                group.clear()
        if group:
            writer.write_table(table(group))


def read_about(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """What the file says of itself: "model", "dim", "root", "job", "failed"; None if it holds no vectors of ours.

    Raises:
        ValueError: it is no Parquet file, or of a later version.
        OSError: it cannot be read.
    """
    pa = arrow()
    try:
        metadata = pa.parquet.read_schema(path).metadata or {}
    except pa.ArrowInvalid as error:
        raise _damaged(path, error) from error
    try:
        found = json.loads(metadata.get(_KEY, b"null"))
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return None
    if found.get("version") != VERSION:
        raise ValueError(f"Expected {path} of version {VERSION}. Received: {found.get('version')!r}. Update semihard.")
    return found


def read_vectors(path: str | os.PathLike[str]) -> Vectors:
    """Read what `semihard.embed` wrote.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds something else, or is damaged.
        ImportError: pyarrow is not installed.
    """
    pa, about = arrow(), read_about(path)
    if about is None:
        raise ValueError(
            f"Expected vectors with the hash of their model, as `semihard.embed` writes them, in {path}. "
            "Received: another Parquet file. Embed the pictures first."
        )
    try:
        table = pa.parquet.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(path, error) from error
    folder = Path(path).parent
    column = table["vector"].combine_chunks()
    flat = column.chunk(0).flatten() if isinstance(column, pa.ChunkedArray) else column.flatten()
    return Vectors(
        paths=[str(folder / name) for name in table["path"].to_pylist()],
        labels=table["label"].to_pylist(),
        vectors=np.array(flat).reshape(-1, about["dim"]),
        model=about["model"],
        root=None if about["root"] is None else str(folder / about["root"]),
    )


def _damaged(path: str | os.PathLike[str], error: Exception) -> ValueError:
    return ValueError(
        f"Expected {path} to be a whole Parquet file. Received: {str(error).splitlines()[0]} Write it again."
    )

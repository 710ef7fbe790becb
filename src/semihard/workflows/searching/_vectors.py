"""Vectors in Parquet, a file or a directory of them: path, label and vector of each picture, and whose they are."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.extras import TABLES, MissingPackage
from semihard._core.files import whole_path

FORMAT, VERSION = "semihard vectors", 1
KEY = b"semihard"
# What a directory of shards says of itself; readers of Parquet pass over what begins so.
ABOUT = "_vectors.json"
# Parts that a row group is made of.
GROUP = 16


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
    return pa.schema(columns, metadata={KEY: said})


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


def shard_file(folder: Path, number: int) -> Path:
    """One of the files of a directory of vectors. Spark calls its own so, too."""
    return folder / f"part-{number:06}.parquet"

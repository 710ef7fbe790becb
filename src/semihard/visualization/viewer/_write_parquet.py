"""The same as a table, for embedding-atlas."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core.extras import TABLES, MissingPackage
from semihard._core.files import whole_path
from semihard.visualization.viewer.sheets import png, single_pictures
from semihard.visualization.viewer.view import View


def write_parquet(view: View, path: str | os.PathLike[str]) -> Path:
    """Write `view` as a Parquet table that embedding-atlas opens, whole or not at all.

    Columns: `x` and `y` of the first map; `neighbors`, a struct of `ids` (row numbers from 0) and `distances`, nearest
    first; `image`, a struct of `bytes` (a PNG) and `path`; and the metadata under its own names. Open it with
    `embedding-atlas FILE --x x --y y --neighbors neighbors --image image`.

    Args:
        view: as `make_view` returns it; of several frames the last is written.
        path: of the table.

    Returns:
        `path`.

    Raises:
        ImportError: pyarrow is not installed.
        ValueError: a column of the metadata has the name of one of the others.
        OSError: the directory is missing or not writable, or the disk is full.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingPackage("pyarrow", TABLES, error) from error
    frame = view.frames[-1]
    table: dict[str, Any] = {"x": pa.array(frame.maps[0][:, 0]), "y": pa.array(frame.maps[0][:, 1])}
    if frame.neighbours is not None:
        ids, distances = frame.neighbours.ids, frame.neighbours.distances
        ends = pa.array(np.arange(0, ids.size + 1, ids.shape[1], dtype=np.int32))
        lists = [pa.ListArray.from_arrays(ends, pa.array(values.ravel())) for values in (ids, distances)]
        table["neighbors"] = pa.StructArray.from_arrays(lists, names=["ids", "distances"])
    if view.sheets is not None:
        pictures = [
            {"bytes": png(picture), "path": f"{i}.png"}
            for i, picture in enumerate(single_pictures(view.sheets, len(view)))
        ]
        table["image"] = pa.array(pictures, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    for column in view.columns:
        if column.name in table:
            raise ValueError(
                f"Expected no metadata column of the name {column.name!r}, which the table needs. Rename the column."
            )
        if column.values is None:
            table[column.name] = pa.array(column.data)
        else:
            texts = [text.encode("utf-8", "replace").decode() for text in column.values]
            table[column.name] = pa.DictionaryArray.from_arrays(pa.array(column.data), pa.array(texts)).cast(
                pa.string()
            )
    with whole_path(path) as temporary:
        parquet.write_table(pa.table(table), temporary)
    return Path(path)

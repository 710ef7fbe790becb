"""Vectors in a plain file, .npy or .tsv: beside it their paths and labels in a TSV, and what they are in a JSON."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.files import whole_file, whole_path
from semihard.visualization.projector.metadata import metadata_lines
from semihard.visualization.projector.tsv import vector_blocks

PLAIN = (".npy", ".tsv")


def beside(path: Path) -> tuple[Path, Path]:
    """Return the files of paths and labels, and of what the vectors are. Beside vecs.tsv lies meta.tsv, as in a run.

    Example:
        >>> [file.name for file in beside(Path("new.npy"))], beside(Path("vecs.tsv"))[0].name
        (['new.npy.meta.tsv', 'new.npy.json'], 'meta.tsv')
    """
    meta = "meta.tsv" if path.name == "vecs.tsv" else f"{path.name}.meta.tsv"
    return path.with_name(meta), path.with_name(f"{path.name}.json")


def write_plain(
    path: Path,
    paths: Sequence[str],
    labels: Sequence[Any],
    parts: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
    about: dict[str, Any],
    count: int,
) -> None:
    """Write the three files, each whole or not at all, and the vectors last; a part is in memory at a time.

    Args:
        path: of the vectors: .npy, float32 [count, dim], or .tsv as the Embedding Projector reads it.
        paths, labels: of all pictures.
        parts: (places of pictures int64 [n], their vectors [n, dim]).
        about: what JSON can hold, with the key "dim"; the hash of the other two files goes with it.
        count: vectors in all parts.
    """
    meta, json_file = beside(path)
    rows: list[int] = []
    with whole_path(path) as vectors, whole_path(meta) as table:
        if path.suffix.lower() == ".npy":
            kept = np.lib.format.open_memmap(vectors, "w+", np.float32, (count, about["dim"]))
            for places, made in parts:
                kept[len(rows) : len(rows) + len(places)] = made
                rows += places.tolist()
            kept.flush()
        else:
            with vectors.open("w", encoding="utf-8", newline="\n") as file:
                for places, made in parts:
                    file.writelines(vector_blocks(made))
                    rows += places.tolist()
        columns = {"label": [labels[row] for row in rows], "path": [paths[row] for row in rows]}
        with table.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(metadata_lines(columns, count))
        with whole_file(json_file) as file:
            json.dump({**about, "sha256": _digest(vectors, table)}, file, indent=2, sort_keys=True)
            file.write("\n")


def read_about_plain(path: Path) -> dict[str, Any] | None:
    """What `write_plain` was told of the vectors; None where the three files are not there, or not of one another."""
    meta, json_file = beside(path)
    try:
        found = json.loads(json_file.read_text(encoding="utf-8"))
        return found if found["sha256"] == _digest(path, meta) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def begun(path: Path, job: str) -> bool:
    """Whether `write_plain` was ended between its files, where nothing had been before."""
    try:
        found = json.loads(beside(path)[1].read_text(encoding="utf-8"))
        return bool(found["job"] == job) and not path.exists()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _digest(*files: Path) -> str:
    digests = []
    for path in files:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return "-".join(digests)

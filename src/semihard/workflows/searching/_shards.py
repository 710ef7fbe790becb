"""Vectors in a directory of Parquet files, each written by whoever made its vectors.

OUT/part-000003.parquet   some of the pictures that follow one another: id, path, label, vector
OUT/_vectors.json         what they are, and how many files there are
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from semihard._core.files import whole_file, whole_path
from semihard._core.runs.exchange import exchange
from semihard.workflows.searching._parts import Part
from semihard.workflows.searching._read_vectors import read_about
from semihard.workflows.searching._vectors import ABOUT, FORMAT, VERSION, arrow, schema_of, table_of


class ShardFormat(NamedTuple):
    """What all shards have in common.

    Attributes:
        about: "model", "job", "root".
        labels: the type of pyarrow of all labels.
    """

    about: dict[str, Any]
    labels: Any


def write_shard(
    file: Path, shared: ShardFormat, first: int, paths: Sequence[str], labels: Sequence[Any], parts: Sequence[Part]
) -> None:
    """Write a file whole or not at all.

    Args:
        file: where.
        shared: what it has in common with the others.
        first: id of the first picture, which is its place among all.
        paths, labels: of its pictures.
        parts: their vectors, and which have none and why; that is kept in the metadata, by id.
    """
    pa = arrow()
    failed = {str(place): reason for part in parts for place, reason in part.failed.items()}
    about = {**shared.about, "dim": parts[0].vectors.shape[1], "first": first, "pictures": len(paths), "failed": failed}
    schema = schema_of(shared.labels, about, ids=True)
    with whole_path(file) as temporary:
        rows = table_of(schema, paths, labels, [part[:2] for part in parts], first)
        pa.parquet.write_table(rows, temporary, use_dictionary=["label"])


def read_shard(file: Path) -> tuple[dict[int, str], int, int]:
    """Which pictures of a shard have no vector and why, how many have one, and of how many dimensions."""
    about = read_about(file)
    if about is None:
        raise ValueError(f"Expected vectors of `semihard.embed` in {file}. Received: something else. Remove it.")
    failed = {int(place): reason for place, reason in about["failed"].items()}
    return failed, about["pictures"] - len(failed), about["dim"]


def put_in_place(folder: Path, target: Path, about: dict[str, Any]) -> None:
    """Let a directory with all of its shards take its place; what is at `target` goes into its own.

    Args:
        folder: of the shards.
        target: where it will be: nothing, an empty directory, or one to be replaced.
        about: what JSON can hold, with the keys of `read_about`, and "count" and "shards".
    """
    for left in folder.glob(".part-*"):  # of a worker that was killed
        left.unlink(missing_ok=True)
    with whole_file(folder / ABOUT) as file:
        json.dump({"format": FORMAT, "version": VERSION, **about}, file, indent=2, sort_keys=True)
        file.write("\n")
    if target.is_dir() and exchange(folder, target):
        return
    if target.is_dir():
        target.replace(folder.with_name("replaced"))
    folder.replace(target)

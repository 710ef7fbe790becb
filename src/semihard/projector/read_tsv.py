"""Embeddings and labels from the two files that the Embedding Projector reads."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from semihard.projector.read_metadata import metadata_cells


def read_tsv(
    vectors: str | os.PathLike[str], metadata: str | os.PathLike[str], *, column: str | None = None
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Read what `write_tsv` wrote, or any files that follow the rules of the Embedding Projector.

    Args:
        vectors: a file of numbers, one embedding a line, separated by tabs, without a header.
        metadata: a file of labels, one a line; with a header exactly if it has several columns.
        column: which of several columns holds the labels; "label" by default.

    Returns:
        Embeddings float32 [n, dim] and labels, an object array of strings [n].

    Raises:
        OSError: a file is missing or cannot be read.
        ValueError: lines that are no numbers or of different lengths (named by their number), files of different
            lengths, or no such column.

    Example:
        >>> import tempfile
        >>> from semihard.projector import write_tsv
        >>> embeddings, labels = read_tsv(*write_tsv(np.eye(2), ["cat", "dog"], tempfile.mkdtemp()))
        >>> embeddings.tolist(), labels.tolist()
        ([[1.0, 0.0], [0.0, 1.0]], ['cat', 'dog'])
    """
    labels = _labels(Path(metadata), column)
    embeddings = read_vectors(vectors)
    if len(embeddings) != len(labels):
        raise ValueError(
            f"Expected one label an embedding. Received: {len(embeddings)} embeddings in {vectors}, {len(labels)} "
            f"labels in {metadata}. A header belongs into a file of several columns only."
        )
    return embeddings, labels


def read_vectors(path: str | os.PathLike[str]) -> np.ndarray[Any, Any]:
    r"""Read a file of embeddings alone, float32 [n, dim]; `read_metadata` reads what stands beside them.

    Args:
        path: a file of numbers, one embedding a line, separated by tabs, without a header.

    Raises:
        OSError: the file is missing or cannot be read.
        ValueError: lines that are no numbers or of different lengths, named by their number.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "vecs.tsv"
        >>> _ = path.write_text("1\t0.5\n0\t-2\n")
        >>> read_vectors(path).tolist()
        [[1.0, 0.5], [0.0, -2.0]]
    """
    try:
        with Path(path).open(encoding="utf-8") as handle:
            return np.loadtxt(handle, np.float32, delimiter="\t", ndmin=2, comments=None)
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(
            f"Expected {path} to hold numbers separated by tabs, as many in each line. {error}."
        ) from error


def _labels(path: Path, column: str | None) -> np.ndarray[Any, Any]:
    header, rows = metadata_cells(path)
    if not header and column is None:
        return _strings([row[0] for row in rows])
    header, rows = (header, rows) if header else (rows[0], rows[1:])
    wanted = "label" if column is None else column
    if wanted not in header:
        raise ValueError(f"Expected a column {wanted!r} in {path}. Found: {', '.join(header)}. Name one of them.")
    place = header.index(wanted)
    return _strings([row[place] for row in rows])


def _strings(labels: list[str]) -> np.ndarray[Any, Any]:
    # As objects: NumPy's own strings lose a NUL at their end.
    found = np.empty(len(labels), object)
    found[:] = labels
    return found

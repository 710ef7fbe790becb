"""Embeddings and labels from the two files that the Embedding Projector reads."""

import os
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core.tables import Row, listed_names
from semihard._core.text import open_text
from semihard.visualization.projector._read_metadata import metadata_cells


def read_tsv(
    vectors: str | os.PathLike[str], metadata: str | os.PathLike[str], *, column: str | None = None
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Read what `write_tsv` wrote, or any files that follow the rules of the Embedding Projector.

    Args:
        vectors: a file of numbers, one embedding a line, separated by tabs, without a header.
        metadata: a file of labels, one a line; with a header exactly if it has several columns. Both files are UTF-8,
            or UTF-16 with a byte order mark; any line ends.
        column: which of several columns holds the labels; "label" by default.

    Returns:
        Embeddings float32 [n, dim] and labels, an object array of strings [n].

    Raises:
        OSError: a file is missing or cannot be read.
        ValueError: lines that are no numbers, of different lengths or without a label (named by their number), files of
            different lengths or in another encoding, no such column, or two columns of one name.

    Example:
        >>> import tempfile
        >>> from semihard.visualization import write_tsv
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
        ValueError: an empty file, or lines that are no numbers or of different lengths, named by their number.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "vecs.tsv"
        >>> _ = path.write_text("1\t0.5\n0\t-2\n")
        >>> read_vectors(path).tolist()
        [[1.0, 0.5], [0.0, -2.0]]
    """
    with open_text(path) as handle:
        first = next((line for line in handle if line.strip()), None)
        if first is None:
            raise ValueError(f"Expected embeddings in {path}. Received: an empty file.")
        try:
            return np.loadtxt(chain([first], handle), np.float32, delimiter="\t", ndmin=2, comments=None)
        except UnicodeDecodeError:  # which is a ValueError
            raise
        except ValueError as error:
            fault = _first_fault(path) or f"{error}."
    raise ValueError(f"Expected {path} to hold numbers separated by tabs, as many in each line. {fault}")


def _first_fault(path: str | os.PathLike[str]) -> str | None:
    width = 0
    with open_text(path) as handle:
        for number, line in enumerate(handle, 1):
            cells = line.removesuffix("\n").split("\t")
            if not line.strip():
                continue
            width = width or len(cells)
            if len(cells) != width:
                return f"Line {number} has {len(cells)}, those before it {width}."
            for place, cell in enumerate(cells, 1):
                try:
                    float(cell)
                except ValueError:
                    return (
                        f"Line {number} holds {cell[:40]!r} in column {place}. Write numbers with a decimal point, and "
                        "no header."
                    )
    return None


def _labels(path: Path, column: str | None) -> np.ndarray[Any, Any]:
    header, rows = metadata_cells(path)
    if not header and column is None:
        return _strings(rows, 0, path)
    header, rows = (header, rows) if header else (rows[0][1], rows[1:])
    wanted = "label" if column is None else column
    if wanted not in header:
        raise ValueError(
            f"Expected a column {wanted!r} in {path}. Found: {listed_names(header)}. Name one of them; a file of "
            "several columns begins with their names."
        )
    place = header.index(wanted)
    return _strings(rows, place, path)


def _strings(rows: list[Row], place: int, path: Path) -> np.ndarray[Any, Any]:
    for number, row in rows:
        if not row[place].strip():
            raise ValueError(
                f"Expected a label in every row of {path}. Line {number} has none. Fill it in, or drop it with its "
                "embedding."
            )
    # As objects: NumPy's own strings lose a NUL at their end.
    found = np.empty(len(rows), object)
    found[:] = [row[place] for _, row in rows]
    return found

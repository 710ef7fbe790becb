"""`vecs.tsv` and `meta.tsv` as the Embedding Projector (projector.tensorflow.org, TensorBoard) reads them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core.embeddings import check_finite, embedding_array
from semihard._core.files import whole_file
from semihard.visualization.projector.metadata import metadata_lines

# Values formatted at a time: large enough to amortise the call, small enough that its strings stay in the cache.
_BLOCK = 1 << 16


def write_tsv(vectors: Any, metadata: Any, directory: str | os.PathLike[str]) -> tuple[Path, Path]:
    r"""Write `vecs.tsv` and `meta.tsv` into `directory`: load both on https://projector.tensorflow.org.

    The format has no quoting, so in a label a tab and anything that may end a line become a space, and a blank label
    becomes "(blank)", since the projector skips blank lines and would shift every later label by one. Both files are
    UTF-8 and end in a line feed; the vectors have no header, the metadata have one exactly if they have several
    columns. Both are written whole or not at all, one block of rows at a time.

    Args:
        vectors: [n, dim], any real dtype; written to nine significant digits, with which float32 comes back exactly.
        metadata: the label of each vector: [n] or [n, 1] of anything that `str` can write; None counts as blank. Or
            several columns: a mapping from names to columns, a pandas DataFrame, or a structured NumPy array.
        directory: an existing directory.

    Returns:
        The paths of the two files.

    Raises:
        TypeError: `vectors` is not real-valued, or `metadata` is a single string.
        ValueError: a wrong rank, no rows or columns, lengths that differ, two columns of one name, or a vector that is
            not finite.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> vecs, meta = write_tsv(np.eye(2), ["first\tline", ""], tempfile.mkdtemp())
        >>> vecs.read_text()
        '1\t0\n0\t1\n'
        >>> meta.read_text()
        'first line\n(blank)\n'
    """
    vectors = embedding_array("vectors", vectors)
    lines = metadata_lines(metadata, len(vectors))
    vectors_path, metadata_path = Path(directory) / "vecs.tsv", Path(directory) / "meta.tsv"
    # Nested, so that neither file is replaced before both are complete.
    with whole_file(vectors_path) as vectors_file, whole_file(metadata_path) as metadata_file:
        vectors_file.writelines(vector_blocks(vectors))
        metadata_file.writelines(lines)
    return vectors_path, metadata_path


def vector_blocks(vectors: np.ndarray[Any, Any]) -> Iterator[str]:
    """Yield the text of a block of rows at a time; a row that is not finite raises before its block is written."""
    count, dim = vectors.shape
    rows = max(1, _BLOCK // dim)
    line = "\t".join(["%.9g"] * dim) + "\n"
    template = line * rows
    for start in range(0, count, rows):
        block = vectors[start : start + rows]
        check_finite("vectors", block, start)
        yield (template if len(block) == rows else line * len(block)) % tuple(block.ravel().tolist())

"""`vecs.tsv` and `meta.tsv` as the Embedding Projector (projector.tensorflow.org, TensorBoard) reads them."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from semihard._files import whole_file

BLANK = "(blank)"

# Tab, and every character at which some reader ends a line: str.splitlines() knows eleven, JavaScript four of them.
# The byte order mark is here because decoders drop it at the start of a file.
_SEPARATORS = re.compile("\r\n|[\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029\ufeff]")

# Values formatted at a time: large enough to amortise the call, small enough that its strings stay in the cache.
_BLOCK = 1 << 16


def write_tsv(
    vectors: Any, metadata: Sequence[Any] | np.ndarray[Any, Any], directory: str | os.PathLike[str]
) -> tuple[Path, Path]:
    r"""Write `vecs.tsv` and `meta.tsv` into `directory`: load both on https://projector.tensorflow.org.

    The format has no quoting, so in a label a tab and anything that may end a line become a space, and a blank label
    becomes "(blank)", since the projector skips blank lines and would shift every later label by one. Both files are
    UTF-8, without header, and end in a line feed; both are written whole or not at all, one block of rows at a time.

    Args:
        vectors: [n, dim], any real dtype; written to nine significant digits, with which float32 comes back exactly.
        metadata: the label of each vector: [n] or [n, 1] of anything that `str` can write; None counts as blank.
        directory: an existing directory.

    Returns:
        The paths of the two files.

    Raises:
        TypeError: `vectors` is not real-valued, or `metadata` is a single string.
        ValueError: a wrong rank, no rows or columns, lengths that differ, or a vector that is not finite.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> vecs, meta = write_tsv(np.eye(2), ["first\tline", ""], tempfile.mkdtemp())
        >>> vecs.read_text()
        '1\t0\n0\t1\n'
        >>> meta.read_text()
        'first line\n(blank)\n'
    """
    vectors = _check_vectors(vectors)
    labels = _check_labels(metadata, len(vectors))
    vectors_path, metadata_path = Path(directory) / "vecs.tsv", Path(directory) / "meta.tsv"
    # Nested, so that neither file is replaced before both are complete.
    with whole_file(vectors_path) as vectors_file, whole_file(metadata_path) as metadata_file:
        vectors_file.writelines(_vector_blocks(vectors))
        metadata_file.writelines(clean_label(label) + "\n" for label in labels)
    return vectors_path, metadata_path


def clean_label(label: Any) -> str:
    r"""Return `label` as text that takes exactly one cell of a TSV file and is never blank.

    Args:
        label: a string, bytes (read as UTF-8), None (blank) or anything that `str` can write.

    Example:
        >>> clean_label("7\tseven\r\n"), clean_label("  "), clean_label(7)
        ('7 seven ', '(blank)', '7')
    """
    if isinstance(label, bytes):
        label = label.decode("utf-8", errors="replace")
    text = "" if label is None else _SEPARATORS.sub(" ", str(label))
    return text if text.strip() else BLANK


def _vector_blocks(vectors: np.ndarray[Any, Any]) -> Iterator[str]:
    """Yield the text of a block of rows at a time; a row that is not finite raises before its block is written."""
    count, dim = vectors.shape
    rows = max(1, _BLOCK // dim)
    line = "\t".join(["%.9g"] * dim) + "\n"
    template = line * rows
    for start in range(0, count, rows):
        block = vectors[start : start + rows]
        # bfloat16, which NumPy does not own, cannot be formatted.
        block = block if block.dtype.kind in "fiub" else block.astype(np.float32)
        finite = np.isfinite(block).all(axis=1)
        if not finite.all():
            row = start + int(np.argmin(finite))
            raise ValueError(
                f"Expected `vectors` to be finite. Received: NaN or infinity in row {row}. "
                "Look for a training that diverged, or leave such rows out."
            )
        yield (template if len(block) == rows else line * len(block)) % tuple(block.ravel().tolist())


def _check_vectors(vectors: Any) -> np.ndarray[Any, Any]:
    array = np.asarray(vectors)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(
            f"Expected `vectors` of shape [n, dim] with at least one row and column. Received: shape {array.shape}. "
            "Reshape them to one row a sample."
        )
    real = array.dtype.kind in "fiub" or "float" in array.dtype.name
    if not real:
        raise TypeError(f"Expected `vectors` of real numbers. Received: dtype {array.dtype}. Convert them to float32.")
    return array


def _check_labels(metadata: Any, count: int) -> Iterable[Any]:
    if isinstance(metadata, str | bytes):
        raise TypeError(f"Expected `metadata` to hold one label a vector. Received: one string, {metadata[:40]!r}.")
    # Lists stay lists: NumPy would turn [1, "a", None] into three strings.
    labels = np.asarray(metadata) if hasattr(metadata, "__array__") else metadata
    if isinstance(labels, np.ndarray):
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if labels.ndim != 1:
            raise ValueError(f"Expected `metadata` of shape [n] or [n, 1]. Received: shape {labels.shape}.")
    if len(labels) != count:
        raise ValueError(
            f"Expected one label a vector, so {count}. Received: {len(labels)} labels. "
            "Pass the labels of exactly the samples that were embedded."
        )
    return labels

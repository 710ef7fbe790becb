"""Embeddings as the file of raw float32 that TensorBoard's projector reads."""

import codecs
import os
from pathlib import Path
from typing import Any, NamedTuple

from semihard._core.embeddings import check_finite, embedding_array
from semihard._core.files import whole_path
from semihard.visualization.projector.tsv import vector_blocks

_BLOCK = 1 << 20  # values written at a time
_DECODED = 1 << 24  # bytes that TensorBoard decodes at a time


class ProjectorTensor(NamedTuple):
    """A file of embeddings and its shape, which the file itself does not tell."""

    path: Path
    shape: tuple[int, int]


def write_tensor(vectors: Any, path: str | os.PathLike[str]) -> ProjectorTensor:
    """Write embeddings for TensorBoard's projector: float32, row after row, in a sixth of the bytes of a TSV.

    TensorBoard first reads every tensor file as text, and takes it for floats where its bytes are no text. Bytes of
    floats that happen to be text (all zeros, or all 0.5) would stop it, so such a tensor is written as TSV instead,
    under the same name; TensorBoard shows the same.

    Args:
        vectors: [n, dim] with n and dim ≥ 2, since TensorBoard does not list others; any real dtype, stored as float32.
        path: of the file. Its name without the last suffix is what TensorBoard shows.

    Returns:
        The path and the shape, for `write_projector_config`.

    Raises:
        TypeError: `vectors` is not real-valued.
        ValueError: a wrong rank, fewer than two rows or columns, or a vector that is not finite.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile, numpy as np
        >>> tensor = write_tensor(np.eye(3), Path(tempfile.mkdtemp()) / "vecs.bytes")
        >>> tensor.shape, np.fromfile(tensor.path, "<f4").tolist()
        ((3, 3), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])

    Source: TensorBoard, plugins/projector/projector_plugin.py, `_serve_tensor`.
    """
    vectors = embedding_array("vectors", vectors)
    count, dim = vectors.shape
    if min(count, dim) < 2:
        raise ValueError(
            f"Expected `vectors` with two rows and columns or more. Received: shape {vectors.shape}, "
            "which TensorBoard does not show."
        )
    rows = max(1, _BLOCK // dim)
    with whole_path(path) as temporary:
        with temporary.open("wb") as file:
            for start in range(0, count, rows):
                block = vectors[start : start + rows].astype("<f4")
                check_finite("vectors", block, start)
                file.write(block.tobytes())
        if _reads_as_text(temporary):
            with temporary.open("w", encoding="utf-8", newline="\n") as text:
                text.writelines(vector_blocks(vectors))
    return ProjectorTensor(Path(path), (count, dim))


def _reads_as_text(path: Path) -> bool:
    """Whether the first line that is not empty can be decoded, as far as TensorBoard decodes it before it looks.

    With TensorFlow it decodes line by line, without it 16 MB at a time.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while (line := file.readline(_DECODED)) == b"\n":
            pass
    try:
        decoder.decode(line)
    except UnicodeDecodeError:
        return False
    return True

"""`projector_config.pbtxt`, by which TensorBoard's projector finds tensors, labels and pictures."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from semihard._core.files import whole_file
from semihard.visualization.projector.sprite import sprite_dim
from semihard.visualization.projector.tensor import ProjectorTensor

CONFIG = "projector_config.pbtxt"  # the name by which TensorBoard knows it

# TensorBoard puts names into URLs as they are, and cuts ":0" off their end.
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def write_projector_config(
    directory: str | os.PathLike[str],
    tensors: Sequence[ProjectorTensor],
    *,
    metadata: str | os.PathLike[str] | None = None,
    sprite: str | os.PathLike[str] | None = None,
) -> Path:
    """Write the file that makes `directory` a log directory with embeddings, for `tensorboard --logdir DIRECTORY`.

    Needs neither TensorFlow nor TensorBoard. TensorBoard lists the tensors of one directory in the order of the
    alphabet and shows the first, so number epochs with leading zeros.

    Args:
        directory: where to write it, with all that it names in it or below it: TensorBoard serves nothing else.
        tensors: what `write_tensor` returned, one or more of the same samples, for instance of several epochs.
        metadata: file of the labels, as `write_tsv` writes it, of one line a row of each tensor.
        sprite: file of the pictures, as `write_sprite` writes it, of one picture a row.

    Returns:
        The path of `projector_config.pbtxt`.

    Raises:
        ImportError: there is a `sprite` and Pillow is not installed.
        ValueError: no tensor, tensors of different numbers of rows, a name with other characters than A–Z, a–z, 0–9,
            "_", ".", "-" or twice the same, a file outside of `directory`, or a sprite that is no square grid.
        OSError: a file is missing or cannot be read, `directory` cannot be written, or the disk is full.

    Example:
        >>> import tempfile, numpy as np
        >>> from semihard.visualization import write_tensor, write_tsv
        >>> directory = Path(tempfile.mkdtemp())
        >>> tensor = write_tensor(np.eye(2), directory / "epoch-01.bytes")
        >>> _, labels = write_tsv(np.eye(2), ["a", "b"], directory)
        >>> print(write_projector_config(directory, [tensor], metadata=labels).read_text(), end="")
        embeddings {
          tensor_name: "epoch-01"
          tensor_path: "epoch-01.bytes"
          tensor_shape: [2, 2]
          metadata_path: "meta.tsv"
        }

    Source: TensorBoard, plugins/projector/projector_config.proto.
    """
    folder = Path(directory)
    counts = {tensor.shape[0] for tensor in tensors}
    if len(counts) != 1:
        raise ValueError(
            f"Expected one tensor or more of the same number of rows. Received: {sorted(counts) or 'none'}."
        )
    names = [_name(tensor.path) for tensor in tensors]
    if len({*names}) < len(names):
        raise ValueError(f"Expected tensors with names of their own. Received: {', '.join(names)}.")
    beside = []
    if metadata is not None:
        beside.append(f"metadata_path: {_quoted(_inside(folder, metadata))}")
    if sprite is not None:
        width, height = sprite_dim(sprite, *counts)
        image = f"image_path: {_quoted(_inside(folder, sprite))} single_image_dim: [{width}, {height}]"
        beside.append(f"sprite {{ {image} }}")
    parts = []
    for name, (path, (count, dim)) in zip(names, tensors, strict=True):
        lines = [
            f"tensor_name: {_quoted(name)}",
            f"tensor_path: {_quoted(_inside(folder, path))}",
            f"tensor_shape: [{count}, {dim}]",
            *beside,
        ]
        parts.append("embeddings {\n" + "".join(f"  {line}\n" for line in lines) + "}\n")
    with whole_file(folder / CONFIG) as file:
        file.writelines(parts)
    return folder / CONFIG


def _name(path: Path) -> str:
    if not _NAME.fullmatch(path.stem):
        raise ValueError(
            'Expected a tensor\'s file to have a name of A–Z, a–z, 0–9, "_", "." and "-". '
            f"Received: {path.name!r}. Write it under another name."
        )
    return path.stem


def _inside(folder: Path, path: str | os.PathLike[str]) -> str:
    """Return where `path` lies in `folder`, as a path that means the same to TensorBoard."""
    found = Path(path).resolve(strict=True)
    if not found.is_relative_to(folder.resolve()):
        raise ValueError(
            f"Expected {path} to lie in {folder}. TensorBoard serves nothing else. Write or copy it there."
        )
    text = found.relative_to(folder.resolve()).as_posix()
    return f"./{text}" if text.startswith("~") else text  # TensorBoard takes "~name" for somebody's home


def _quoted(text: str) -> str:
    r"""Return a string literal of protobuf's text format: bytes outside printable ASCII, " and \ as octal numbers."""
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in os.fsencode(text))
    return f'"{"".join(plain)}"'

"""From the files of a run to a directory that TensorBoard's projector opens."""

import os
import shutil
from pathlib import Path

from semihard._core.files import whole_file
from semihard._core.runs import read_epochs
from semihard.visualization.projector._read_metadata import read_metadata
from semihard.visualization.projector._read_tsv import read_vectors
from semihard.visualization.projector.config import write_projector_config
from semihard.visualization.projector.metadata import metadata_lines
from semihard.visualization.projector.tensor import write_tensor


def write_log_directory(run: str | os.PathLike[str]) -> Path:
    """Write RUN/tensorboard from a run's `vecs.tsv`, `meta.tsv` and, if they are there, `sprite.png`, `epochs/*.npy`.

    Args:
        run: directory of a run, as `write_tsv`, `write_sprite` and the callback `EmbeddingCheckpoint` fill it.

    Returns:
        The directory that was written, for `serve` or `tensorboard --logdir`.

    Raises:
        ImportError: there is a sprite, and Pillow is not installed.
        OSError: `vecs.tsv` or `meta.tsv` is missing, or the directory cannot be written.
        ValueError: a file that breaks the rules of `write_tsv` or `write_sprite`, files of different lengths, or one
            that a link takes from outside of the run.

    Example:
        >>> import tempfile, numpy as np
        >>> from semihard.visualization import write_tsv
        >>> run = tempfile.mkdtemp()
        >>> _ = write_tsv(np.eye(3), ["a", "b", "c"], run)
        >>> sorted(path.name for path in write_log_directory(run).iterdir())
        ['embeddings.bytes', 'meta.tsv', 'projector_config.pbtxt']
    """
    source, target = Path(run), Path(run) / "tensorboard"
    # What is written here will be served, so nothing may come from elsewhere.
    epochs = (source / "epochs").glob("*.npy")
    for path in (source / "vecs.tsv", source / "meta.tsv", source / "sprite.png", *epochs, target):
        if not path.resolve().is_relative_to(source.resolve()):
            raise ValueError(
                f"Expected {path} to lie in {source}. Received: a link to {path.resolve()}. Copy the file."
            )
    columns = read_metadata(source / "meta.tsv")
    vectors = read_vectors(source / "vecs.tsv")
    lines = metadata_lines(columns, len(vectors))
    target.mkdir(exist_ok=True)
    # By this name it comes before the epochs, and is the one that is shown first.
    tensors = [write_tensor(vectors, target / "embeddings.bytes")]
    for epoch, embeddings in read_epochs(source).items():
        tensors.append(write_tensor(embeddings, target / f"epoch-{epoch:04}.bytes"))
    with whole_file(target / "meta.tsv") as metadata:
        metadata.writelines(lines)
    sprite = None
    if (source / "sprite.png").exists():
        sprite = target / "sprite.png"
        with (source / "sprite.png").open("rb") as pictures, whole_file(sprite, "wb") as copy:
            shutil.copyfileobj(pictures, copy)
    write_projector_config(target, tensors, metadata=target / "meta.tsv", sprite=sprite)
    return target

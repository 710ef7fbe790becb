"""The embeddings of each epoch in the directory of a run."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_epochs(run: Path) -> dict[int, NDArray[Any]]:
    """Return what the callback `EmbeddingCheckpoint` wrote into `run`/epochs: number → embeddings [n, dim], in order.

    They are read when they are used, and never as code.

    Raises:
        ValueError: a file that holds no array.
        OSError: a file that cannot be read.

    Example:
        >>> import tempfile
        >>> run = Path(tempfile.mkdtemp())
        >>> (run / "epochs").mkdir()
        >>> for epoch in (2, 10):
        ...     np.save(run / "epochs" / f"{epoch}.npy", np.eye(epoch))
        >>> {epoch: embeddings.shape for epoch, embeddings in read_epochs(run).items()}
        {2: (2, 2), 10: (10, 10)}
    """
    paths = [path for path in (run / "epochs").glob("*.npy") if path.stem.isdecimal()]
    return {int(path.stem): _load(path) for path in sorted(paths, key=lambda path: int(path.stem))}


def _load(path: Path) -> NDArray[Any]:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(
            f"Expected {path} to hold an array, as EmbeddingCheckpoint writes. Received: {error}. Remove the file."
        ) from error

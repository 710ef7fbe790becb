"""The embeddings of some samples after each epoch, as files."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np

from semihard._core import checks
from semihard._core.files import whole_path
from semihard.callbacks._embed import Embedder


class EmbeddingCheckpoint(keras.callbacks.Callback):
    """Embeds samples at the end of each epoch and writes `001.npy`, `002.npy`, … into a directory.

    `semihard view RUN` finds them in `RUN/epochs` and has a slider over them. Each file is written whole or not at all.
    Files of later epochs, which an earlier training left there, are removed.

    Args:
        x: what the model takes, an array or a structure of arrays [n, …]; the samples of `vecs.tsv`, in its order.
        directory: made if it is missing.
        batch_size: samples embedded at a time.
        output: what the embedding is, where the model gives something else or several things: the name or number of an
            output, the name of a layer, a layer, or a model that takes the same data. By default what the model gives;
            where it ends with a `CosineClassifier`, what goes into that, which is said once.

    Raises:
        OSError: a file cannot be written.

    Example:
        >>> import tempfile
        >>> x, directory = np.random.default_rng(0).random((6, 4), np.float32), Path(tempfile.mkdtemp()) / "epochs"
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> model.compile("sgd", loss="mse")
        >>> _ = model.fit(x, x[:, :2], epochs=2, verbose=0, callbacks=[EmbeddingCheckpoint(x, directory)])
        >>> sorted(path.name for path in directory.iterdir()), np.load(directory / "002.npy").shape
        (['001.npy', '002.npy'], (6, 2))
    """

    def __init__(self, x: Any, directory: str | os.PathLike[str], *, batch_size: int = 256, output: Any = None) -> None:
        super().__init__()
        self.x = x
        self.directory: Path = Path(directory)
        self._embedder = Embedder(output, type(self).__name__)
        self.batch_size: int = checks.whole_number("batch_size", batch_size, 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        remove_epochs(self.directory, after=epoch + 1)
        with whole_path(self.directory / f"{epoch + 1:03}.npy") as temporary:
            np.save(temporary, self._embedder.embed_all(self.model, self.x, self.batch_size))


def remove_epochs(directory: Path, after: int) -> None:
    """Remove what `EmbeddingCheckpoint` wrote for epochs later than `after`; the directory may be missing.

    Example:
        >>> remove_epochs(Path("nowhere"), after=0)
    """
    for path in directory.glob("*.npy"):
        if path.stem.isdecimal() and int(path.stem) > after:
            path.unlink()

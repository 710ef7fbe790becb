"""Embeddings for TensorBoard's projector while a model trains, a tensor an epoch."""

import os
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np

from semihard._core import checks
from semihard._core.files import whole_file
from semihard.callbacks._embed import Embedder, length
from semihard.visualization.projector import ProjectorTensor, write_projector_config, write_sprite, write_tensor
from semihard.visualization.projector.metadata import metadata_lines


class EmbeddingProjector(keras.callbacks.Callback):
    """Embeds data at the end of epochs, and writes it with labels and pictures for TensorBoard's projector.

    Into `log_dir` go `epoch-0001.bytes`, …, `metadata.tsv`, `sprite.png` and `projector_config.pbtxt`, each whole or
    not at all, the config last. TensorBoard need not be installed to write them; `semihard view LOG_DIR --tensorboard`
    or `tensorboard --logdir LOG_DIR` shows them. It shows the first epoch first and has a list of the others; it finds
    new ones when it is started again. `keras.callbacks.TensorBoard` may write its curves into the same directory.

    That callback's own `embeddings_freq` does not work in Keras 3 (keras #20210): it saves weights as HDF5, where
    TensorBoard looks for a checkpoint of TensorFlow, and shows nothing. It could show the weights of `Embedding` layers
    only, never what a model makes of samples.

    Args:
        x: samples, an array or a structure of arrays.
        labels: [n], or a table of several columns, as `semihard.visualization.write_tsv` takes them.
        log_dir: directory to write into, which is made if it is missing. One training, one directory.
        images: pictures of the samples, as `semihard.visualization.write_sprite` takes them; needs Pillow.
        every: epochs between embeddings; the last epoch is always embedded.
        keep: how many of the last tensors to keep; all by default. 10,000 × 256 take 10 MB each.
        batch_size: samples embedded at a time.
        output: what the embedding is, where the model gives something else or several things: the name or number of an
            output, the name of a layer, a layer, or a model that takes the same data. By default what the model gives;
            where it ends with a `CosineClassifier`, what goes into that, which is said once.

    Embeddings that are not finite are not written, with a warning.

    Raises:
        ImportError: there are `images` and Pillow is not installed; when the training begins.
        ValueError, TypeError: labels or images of another number than samples, wrong images (when the training
            begins), or an option out of its range.

    Example:
        >>> import tempfile
        >>> x, labels = np.random.default_rng(0).random((20, 4), np.float32), np.arange(20) % 5
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.UnitNormalization()])
        >>> model.compile("sgd", loss="mse")
        >>> log_dir = tempfile.mkdtemp()
        >>> _ = model.fit(x, x[:, :2], epochs=2, verbose=0, callbacks=[EmbeddingProjector(x, labels, log_dir)])
        >>> sorted(os.listdir(log_dir))
        ['epoch-0001.bytes', 'epoch-0002.bytes', 'metadata.tsv', 'projector_config.pbtxt']
    """

    def __init__(
        self,
        x: Any,
        labels: Any,
        log_dir: str | os.PathLike[str],
        *,
        images: Any = None,
        every: int = 1,
        keep: int | None = None,
        batch_size: int = 256,
        output: Any = None,
    ) -> None:
        super().__init__()
        self.x = x
        self.labels = labels
        self.log_dir: Path = Path(log_dir)
        self.images = images
        self.every: int = checks.whole_number("every", every, 1)
        self.keep: int | None = None if keep is None else checks.whole_number("keep", keep, 1)
        self.batch_size: int = checks.whole_number("batch_size", batch_size, 1)
        self._embedder = Embedder(output, type(self).__name__)
        self._tensors: list[ProjectorTensor] = []
        metadata_lines(labels, length(x))  # raises now, and not after an epoch
        if images is not None and len(images) != length(x):
            raise ValueError(f"Expected one picture a sample. Received: {length(x)} samples, {len(images)} pictures.")

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.log_dir.mkdir(parents=True, exist_ok=True)
        with whole_file(self.log_dir / "metadata.tsv") as file:
            file.writelines(metadata_lines(self.labels, length(self.x)))
        if self.images is not None:
            write_sprite(self.images, self.log_dir / "sprite.png")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if (epoch + 1) % self.every and epoch + 1 != self.params.get("epochs"):
            return
        embeddings = self._embedder.embed_all(self.model, self.x, self.batch_size)
        if not np.isfinite(embeddings).all():
            warnings.warn(f"Embeddings of epoch {epoch + 1} are not finite: the model has diverged.", stacklevel=2)
            return
        tensor = write_tensor(embeddings, self.log_dir / f"epoch-{epoch + 1:04}.bytes")
        self._tensors = [*(kept for kept in self._tensors if kept.path != tensor.path), tensor]
        old = [] if self.keep is None else self._tensors[: -self.keep]
        self._tensors = self._tensors[len(old) :]
        write_projector_config(
            self.log_dir,
            self._tensors,
            metadata=self.log_dir / "metadata.tsv",
            sprite=None if self.images is None else self.log_dir / "sprite.png",
        )
        for tensor in old:  # now that no config names them
            tensor.path.unlink(missing_ok=True)

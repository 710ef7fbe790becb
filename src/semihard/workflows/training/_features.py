"""What the trained part of a model takes: pixels or, where the backbone never learns, the features that it makes."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from semihard._core.files import whole_path
from semihard.data import ImageFiles
from semihard.data._augment import Augment
from semihard.data._made_ahead import MadeAhead
from semihard.workflows.execution import JIT_COMPILE
from semihard.workflows.training._augmentation import augmentation
from semihard.workflows.training._images import KEPT_BYTES, Images, in_memory
from semihard.workflows.training._model import Models, at_features
from semihard.workflows.training.options import ALL, TrainingOptions

# Of a run, until it is done.
FOLDER = "features"
# Pictures that the backbone is given at a time, and batches of them that are made ahead.
BATCH, AHEAD = 32, 4


class Pixels:
    """The pictures themselves, changed anew in each epoch.

    Attributes:
        models: that take them.
    """

    def __init__(self, models: Models, images: Images, options: TrainingOptions) -> None:
        self.models, self._images, self._options = models, images, options

    def of_training(self) -> tuple[Any, list[Any], keras.layers.Layer | None]:
        """What is learned from, the labels of it, and what changes it."""
        options = self._options
        augment = augmentation(options.augment, options.strength, options.seed)
        return in_memory(self._images.train), self._images.train.labels, augment

    def of_held_out(self, part: ImageFiles) -> Any:
        """What is evaluated: of the validation or the test part."""
        return in_memory(part)


class Features:
    """The features of the pictures and of some changed copies of each, made once; the same otherwise.

    They lie in files of the run, each there whole or not at all, so that a training that goes on has the same.

    Attributes:
        models: that take features [batch, dim].
    """

    def __init__(
        self, models: Models, images: Images, options: TrainingOptions, directory: Path, say: Callable[[str], None]
    ) -> None:
        models.freeze(True)
        self._extractor, self.models = at_features(models)
        self._extractor.jit_compile = JIT_COMPILE
        self._images, self._options, self._folder, self._say = images, options, directory / FOLDER, say

    def of_training(self) -> tuple[Any, list[Any], keras.layers.Layer | None]:
        images, copies = self._images.train, self._options.copies if self._options.augment != "none" else 0
        return self._kept("train", images, copies), images.labels * (copies + 1), None

    def of_held_out(self, part: ImageFiles) -> Any:
        return self._kept("validation" if part is self._images.validation else "test", part, 0)

    def _kept(self, name: str, images: ImageFiles, copies: int) -> Any:
        """Features float32 [(copies + 1) · n, dim]: of all pictures, then of their first copies, …"""
        path = self._folder / f"{name}.npy"
        if not path.is_file():
            self._folder.mkdir(exist_ok=True)
            for left in self._folder.glob(f".{name}.*"):  # of a process that was killed
                left.unlink()
            more = f" and of {copies} changed {'copy' if copies == 1 else 'copies'} of each" if copies else ""
            self._say(f"Computing the features of {len(images):,} pictures ({name}){more}, once")
            self._write(path, _Pictures(images, self._options, copies))
        small = path.stat().st_size <= KEPT_BYTES
        found: Any = np.load(path, None if small else "r", allow_pickle=False)
        return found

    def _write(self, path: Path, pictures: "_Pictures") -> None:
        dim, looked_at = self._extractor.output_shape[-1], sys.stderr.isatty()
        with whole_path(path) as temporary:
            kept = np.lib.format.open_memmap(temporary, "w+", np.float32, (pictures.count, dim))  # type: ignore[no-untyped-call]
            pictures.on_epoch_begin()
            for step in range(len(pictures)):
                first, end = pictures.places(step)
                kept[first:end] = self._extractor.predict_on_batch(pictures[step])[: end - first]
                if looked_at:
                    print(f"\r  {end:,} of {pictures.count:,}", end="", file=sys.stderr, flush=True)
            pictures.on_epoch_end()
            kept.flush()
            if looked_at:
                print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)


class _Pictures(MadeAhead):
    """Batches of pixels float32 [BATCH, …]: of all pictures, then of their first copies, …; filled up to one size.

    Attributes:
        count: pictures and copies.
    """

    def __init__(self, images: ImageFiles, options: TrainingOptions, copies: int) -> None:
        super().__init__(options.workers, False, AHEAD)
        self._images, self.count = images, len(images) * (copies + 1)
        self._batches = -(-len(images) // BATCH)  # of each copy
        layer = augmentation(options.augment, options.strength, options.seed)
        self._augment = Augment(layer, options.seed) if layer is not None else None

    def __len__(self) -> int:
        return self.count // len(self._images) * self._batches

    def places(self, step: int) -> tuple[int, int]:
        """Of the first of a batch among all, and behind the last."""
        copy, batch = divmod(step, self._batches)
        own = range(batch * BATCH, min((batch + 1) * BATCH, len(self._images)))
        return copy * len(self._images) + own.start, copy * len(self._images) + own.stop

    def batch(self, step: int) -> Any:
        first, end = self.places(step)
        copy, batch = divmod(step, self._batches)
        own = np.arange(first, end) - copy * len(self._images)
        found = np.zeros((BATCH, *self._images.shape[1:]), np.float32)
        pixels = self._images[own]
        found[: len(own)] = pixels if not copy or self._augment is None else self._augment(pixels, copy, batch, 0, BATCH)
        return found


def inputs(
    models: Models, images: Images, options: TrainingOptions, directory: Path, say: Callable[[str], None]
) -> Pixels | Features:
    """Return what the trained part takes: features if the backbone is frozen for good, else pixels."""
    if options.freeze_epochs == ALL:
        return Features(models, images, options, directory, say)
    return Pixels(models, images, options)

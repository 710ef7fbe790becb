"""What the trained part of a model takes: pixels or, where the backbone never learns, the features that it makes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from semihard._core.files import whole_path
from semihard.data import ImageFiles, InOrder
from semihard.workflows.execution import JIT_COMPILE
from semihard.workflows.training._augmentation import augmentation
from semihard.workflows.training._images import KEPT_BYTES, Images, in_memory
from semihard.workflows.training._model import Models, at_features
from semihard.workflows.training._progress import clear, show
from semihard.workflows.training.kinds import ALL
from semihard.workflows.training.options import TrainingOptions

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

    def of_training_unchanged(self) -> Any:
        """What is learned from, but for random changes."""
        return in_memory(self._images.train)

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

    def of_training_unchanged(self) -> Any:
        return self.of_training()[0][: len(self._images.train)]

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
        count, dim = len(pictures), self._extractor.output_shape[-1]
        batches = InOrder(pictures, BATCH, workers=self._options.workers, max_queue_size=AHEAD)
        with whole_path(path) as temporary:
            kept = np.lib.format.open_memmap(temporary, "w+", np.float32, (count, dim))
            batches.on_epoch_begin()
            for step in range(len(batches)):
                pixels = batches[step][0]
                # Filled up to one size, so that the last is not compiled anew.
                filled = np.concatenate([pixels, np.zeros((BATCH - len(pixels), *pixels.shape[1:]), pixels.dtype)])
                end = step * BATCH + len(pixels)
                kept[step * BATCH : end] = self._extractor.predict_on_batch(filled)[: len(pixels)]
                show(f"{end:,} of {count:,}")
            batches.on_epoch_end()
            kept.flush()
            clear()


class _Pictures:
    """Pixels of all pictures, then of their first copies, …, each made when it is asked for, as an array is."""

    def __init__(self, images: ImageFiles, options: TrainingOptions, copies: int) -> None:
        self._images, self._seed = images, options.seed
        self._augment = augmentation(options.augment, options.strength, options.seed)
        self.shape = (len(images) * (copies + 1), *images.shape[1:])
        self.dtype = np.dtype(np.float32)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, places: Any) -> Any:
        """Pixels float32 [k, height, width, channels] of places [k]."""
        copies, own = np.divmod(np.asarray(places), len(self._images))
        pixels = self._images[own].astype(np.float32)
        for at, (copy, one) in enumerate(zip(copies.tolist(), own.tolist(), strict=True)):
            if copy and self._augment is not None:
                # Of a picture and a copy, so that it does not matter when it is made.
                pixels[at] = self._augment.changed(pixels[at], np.random.default_rng([self._seed, copy, one]))
        return pixels


def inputs(
    models: Models, images: Images, options: TrainingOptions, directory: Path, say: Callable[[str], None]
) -> Pixels | Features:
    """Return what the trained part takes: features if the backbone is frozen for good, else pixels."""
    if options.freeze_epochs == ALL:
        return Features(models, images, options, directory, say)
    return Pixels(models, images, options)

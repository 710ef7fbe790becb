"""Worker: draws the emoji, makes frozen features of its images and of changed copies, and plans the batches.

What takes long is written into a folder once, and read from then on.
"""

from pathlib import Path

import keras
import numpy as np

from benchmarks.harness.serve import serve
from semihard import datasets
from semihard.data import BatchPlan
from semihard.models import pretrained_backbone

HEAD = "efficientnet_lite0"  # the backbone that the head is trained on
FLOORS = (HEAD, "mobilenet_v2")
TOGETHER = 64
WHITE = {"fill_mode": "constant", "fill_value": 255.0}


class Bed:
    """The images, and what is made of them in `folder`."""

    def open(self, icons, folder, size, copies):
        """Make what is not there yet; return what the page says of it."""
        self.folder, self.copies = Path(folder), copies
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (images := self.folder / "images.npz").exists():
            datasets.emoji(icons, size).save(images)
        self.drawn = datasets.LabeledImages.load(images)
        pixels = self.drawn.images
        self._kept("pixels", lambda: _halved(pixels))
        for name in FLOORS:
            self._kept(name, lambda name=name: _features(name, pixels))
        self._kept(f"head_{copies}", lambda: self._stacked(pixels))
        return {"about": str(self.drawn), "version": f"keras {keras.__version__}"}

    def plan(self, seed, steps, classes_per_batch, samples_per_class, dim):
        """Write the split, the batches and the first weights of a seed."""
        train, validation, test = self.drawn.split(seed)
        plan = BatchPlan(self.drawn.labels[train], classes_per_batch, samples_per_class, seed)
        chosen = np.stack([plan[step // plan.steps, step % plan.steps] for step in range(steps)])
        codes = np.full(len(self.drawn), -1)
        codes[train] = plan.codes
        _, kinds = np.unique(self.drawn.superclasses[plan.classes], return_inverse=True)
        random = np.random.default_rng(seed)
        width = np.load(self.folder / f"{HEAD}.npy", mmap_mode="r").shape[1]
        limit = (6 / (width + dim)) ** 0.5  # Glorot's, as in Keras's Dense
        _write(
            self.folder / f"plan_{seed}_{steps}.npz",
            np.savez,
            seed=seed,
            train=train,
            validation=validation,
            test=test,
            codes=codes,
            superclasses=kinds,
            batches=train[chosen],
            copies=random.integers(0, self.copies + 1, chosen.shape),
            kernel=random.uniform(-limit, limit, (width, dim)).astype("float32"),
        )
        return {"classes": len(plan.classes)}

    def _stacked(self, pixels):
        """Features float32 [copies + 1, images, width]: of the images, and of changed copies of each."""
        layers = [
            keras.layers.RandomFlip("horizontal", seed=1),
            keras.layers.RandomRotation(0.06, **WHITE, seed=2),
            keras.layers.RandomZoom((-0.2, 0.2), **WHITE, seed=3),
            keras.layers.RandomTranslation(0.1, 0.1, **WHITE, seed=4),
        ]
        found = [np.load(self.folder / f"{HEAD}.npy")]
        return np.stack([*found, *(_features(HEAD, pixels, keras.Sequential(layers)) for _ in range(self.copies))])

    def _kept(self, name, make):
        if not (path := self.folder / f"{name}.npy").exists():
            _write(path, lambda file, array: np.save(file, array), make())


def _halved(pixels):
    """Means over 2 × 2 pixels, as vectors; in `python -m benchmarks datasets` they are the same floor."""
    count, height, width, channels = pixels.shape
    blocks = pixels.reshape(count, height // 2, 2, width // 2, 2, channels)
    return blocks.mean(axis=(2, 4), dtype="float32").reshape(count, -1)


def _features(name, pixels, changes=None):
    backbone = pretrained_backbone(name, pixels.shape[1:])
    found = []
    for start in range(0, len(pixels), TOGETHER):
        some = pixels[start : start + TOGETHER].astype("float32")
        # Filled up to one size, so that the last is not compiled anew.
        whole = np.concatenate([some, np.zeros((TOGETHER - len(some), *some.shape[1:]), "float32")])
        if changes is not None:
            whole = np.asarray(changes(whole, training=True))
        found.append(backbone.predict_on_batch(whole)[: len(some)])
    return np.concatenate(found)


def _write(path, save, *arrays, **named):
    """Whole or not at all, so that a run that is stopped leaves no half of a file."""
    partial = path.with_name(f"partial.{path.name}")
    save(partial, *arrays, **named)
    partial.replace(path)


if __name__ == "__main__":
    bed = Bed()
    serve({"open": bed.open, "plan": bed.plan})

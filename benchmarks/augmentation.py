"""Augmentation of a balanced batch, each sample with random numbers of its own, beside the layer on the whole batch.

Both do the same on the same backend in the same process, in turn: one call of the layer for the whole batch, as in a
model, and the way of `BalancedBatches`. Images are float32 before the clock starts. Figures are medians, and the ratio
is the median of the rounds' ratios.

    python benchmarks/augmentation.py --write
    python benchmarks/augmentation.py --backends jax --batch 64 --rounds 40
    taskset -c 0 python benchmarks/augmentation.py
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

from _environments import CHECKOUT, machine

PAGE = CHECKOUT / "docs" / "benchmarks" / "augmentation.md"
TITLES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
WAYS = ("five layers", "flip, brightness", "flip, crop", "own layer")
ABOUT = """The five layers are RandomFlip, RandomRotation, RandomTranslation, RandomBrightness and RandomContrast. "own
layer" is a user's layer of which nothing is known: it is called for each sample, since it could make one choice for all
that it is given together. It adds one number to each picture.
"""


def layers(way: str):
    """Return a Keras layer: the backend is chosen when Keras is imported."""
    import keras

    class Own(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.generator = keras.random.SeedGenerator(1)

        def call(self, x):
            return x + keras.random.uniform((), seed=self.generator)

    of = keras.layers
    return keras.Sequential(
        {
            "five layers": [
                of.RandomFlip("horizontal"),
                of.RandomRotation(0.1),
                of.RandomTranslation(0.1, 0.1),
                of.RandomBrightness(0.2),
                of.RandomContrast(0.2),
            ],
            "flip, brightness": [of.RandomFlip("horizontal"), of.RandomBrightness(0.2)],
            "flip, crop": [of.RandomFlip("horizontal"), of.RandomCrop(80, 80)],
            "own layer": [Own()],
        }[way]
    )


def measured(batch: int, side: int, rounds: int) -> None:
    """Print one line a way: milliseconds of the layer on the batch, of ours, and the ratio."""
    import keras
    import numpy as np

    sys.path.insert(0, str(CHECKOUT / "src"))  # so that a checkout needs no installation
    from semihard.data._augment import Augment

    images = np.random.default_rng(0).uniform(0, 255, (batch, side, side, 3)).astype("float32")
    for way in WAYS:
        layer = layers(way)
        augment = Augment(layer, 0)
        sides = (
            lambda layer=layer: keras.ops.convert_to_numpy(layer(images, training=True)),
            lambda augment=augment: augment(images, 0, 0, 0, batch),
        )
        times = []
        for number in range(rounds + 3):
            pair = []
            for run in sides if number % 2 else sides[::-1]:
                start = time.perf_counter()
                run()
                pair.append(time.perf_counter() - start)
            times.append(pair if number % 2 else pair[::-1])
        times = times[3:]
        theirs, ours = (statistics.median(pair[which] for pair in times) * 1e3 for which in (0, 1))
        print(way, theirs, ours, statistics.median(pair[1] / pair[0] for pair in times), sep="\t", flush=True)


def main() -> None:
    """Measure each backend in a process of its own; print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backends", nargs="+", choices=TITLES, default=list(TITLES))
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--side", type=int, default=96, help="pixels")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(CHECKOUT)}")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sizes = (arguments.batch, arguments.side, arguments.rounds)
    if arguments.here:
        measured(*sizes)
        return
    rows = []
    for backend in arguments.backends:
        command = [sys.executable, __file__, "--here"]
        for name, size in zip(("--batch", "--side", "--rounds"), sizes, strict=True):
            command += [name, str(size)]
        environ = {**os.environ, "KERAS_BACKEND": backend}
        found = subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout
        for line in found.splitlines():
            way, theirs, ours, ratio = line.split("\t")
            rows.append(
                f"| {TITLES[backend]} | {way} | {float(theirs):.1f} | {float(ours):.1f} | {float(ratio):.2f}× |"
            )
    page = "\n".join(
        [
            "# Augmentation: a sample's own random numbers against the layer on the whole batch",
            "",
            f"Made by `benchmarks/augmentation.py` on {machine()}: batches of {sizes[0]} images of "
            f"{sizes[1]} × {sizes[1]} × 3, medians of {sizes[2]} rounds in which both sides take turns.",
            "",
            "| backend | layers | layer on the batch, ms | `BalancedBatches`, ms | ratio |",
            "|---|---|---:|---:|---:|",
            *rows,
            "",
            ABOUT,
        ]
    )
    print(page)
    if arguments.write:
        PAGE.write_text(page)


if __name__ == "__main__":
    main()

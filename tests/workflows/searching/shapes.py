"""Drawn shapes that a small net can tell apart, and a run whose model was never trained."""

from pathlib import Path

import keras
import numpy as np
from PIL import Image, ImageDraw

import semihard
from semihard.data import Preprocessing

SIDES = (3, 4, 5, 6, 24)


def shape(number: int, rng: np.random.Generator, size: int = 32) -> Image.Image:
    """A polygon of a class: how many corners, its color and that of the ground; where and how large it is differs."""
    own = np.random.default_rng(number)
    ground, color = (tuple(int(value) for value in own.integers(256, size=3)) for _ in range(2))
    image = Image.new("RGB", (size, size), ground)
    x, y = rng.uniform(0.42, 0.58, 2) * size
    radius, turn = rng.uniform(0.25, 0.36) * size, int(rng.integers(360))
    ImageDraw.Draw(image).regular_polygon((x, y, radius), SIDES[number % len(SIDES)], turn, fill=color)
    noise = rng.normal(scale=8, size=(size, size, 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def shapes(folder: Path, classes=range(8), each: int = 8) -> Path:
    """A folder with a sub-folder a class."""
    rng = np.random.default_rng(99)
    for number in classes:
        place = folder / f"shape_{number:02}"
        place.mkdir(parents=True, exist_ok=True)
        for picture in range(each):
            shape(number, rng).save(place / f"{picture}.png")
    return folder


def indexed(folder: Path, *, classes: int, each: int, threshold: float) -> Path:
    """A folder of `photos` of so many classes, of a `run`, and of a `gallery` of them."""
    shapes(folder / "photos", range(classes), each)
    semihard.index(untrained(folder / "run"), folder / "photos", folder / "gallery", threshold=threshold)
    return folder


def untrained(folder: Path, seed: int = 0, dim: int = 8, size: int = 16) -> Path:
    """What `embed` takes for a run."""
    layers = keras.layers
    keras.utils.set_random_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    stack = [keras.Input((size, size, 3)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(dim)]
    keras.Sequential([*stack, layers.UnitNormalization()]).save(folder / "model.keras")
    Preprocessing((size, size)).to_json(folder / "preprocessing.json")
    return folder

"""Small pictures whose classes a small net can learn: patterns of 4 × 4 colors, with noise."""

from pathlib import Path

import numpy as np
from PIL import Image


def photos(folder: Path, classes: int = 6, each: int = 6, size: int = 24) -> Path:
    """A folder with a sub-folder a class."""
    rng = np.random.default_rng(0)
    for number in range(classes):
        place = folder / f"class_{number:02}"
        place.mkdir(parents=True)
        pattern = rng.integers(256, size=(4, 4, 3))
        for picture in range(each):
            pixels = np.clip(pattern + rng.normal(scale=60, size=(4, 4, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).resize((size, size), Image.Resampling.NEAREST).save(place / f"{picture}.png")
    return folder

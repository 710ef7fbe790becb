"""Random changes of pictures, by name and strength."""

import math
from typing import Any

import keras
import numpy as np
from PIL import Image

Pixels = np.ndarray[Any, Any]


def augmentation(name: str, strength: float, seed: int) -> "PictureChanges | None":
    """Return a layer that makes the changes of one of `AUGMENTATIONS`; None for none.

    At strength 1 pictures are turned by up to 90°, zoomed by up to a half and moved by up to 30 %, and their brightness
    and contrast change by up to a half. What comes in from outside is the picture mirrored.
    """
    return None if name == "none" else PictureChanges(name, strength, seed)


class PictureChanges(keras.layers.Layer):
    """Changes each picture [batch, height, width, channels] of pixels from 0 to 255 by itself, on the CPU.

    By Pillow and NumPy: one interpolation for all that moves pixels, where Keras's layers do one each, and the same
    pictures on every backend. Sixty-four of 96 × 96 took 5 s of CPU time by those on PyTorch, and 0.13 s this way.
    """

    def __init__(self, changes: str, strength: float, seed: int) -> None:
        super().__init__(dtype="float32")
        self.changes, self.strength = changes, strength
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = True) -> Any:
        numbers = np.asarray(keras.ops.convert_to_numpy(self.seed_generator.next())).astype(np.uint32)
        rng = np.random.default_rng(numbers)
        pixels = np.asarray(keras.ops.convert_to_numpy(inputs))
        return keras.ops.convert_to_tensor(np.stack([self.changed(picture, rng) for picture in pixels]), "float32")

    def changed(self, picture: Pixels, rng: np.random.Generator) -> Pixels:
        """Return one picture [height, width, channels] as float32, changed by these random numbers."""
        changed = picture[:, ::-1] if rng.random() < 0.5 else picture
        if self.changes in ("geometric", "photo") and self.strength:
            changed = _moved(changed, self.strength, rng)
        if self.changes == "photo" and self.strength:
            changed = _lit(changed, self.strength, rng)
        return changed.astype(np.float32)


def _moved(picture: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """Turned, zoomed and moved by an affine map, with a frame around it that mirrors it."""
    height, width, channels = picture.shape
    frame = max(height, width)
    padded = np.pad(picture.round().astype(np.uint8), ((frame, frame), (frame, frame), (0, 0)), "symmetric")
    angle, zoom = math.pi / 2 * strength * rng.uniform(-1, 1), 1 + 0.5 * strength * rng.uniform(-1, 1)
    right, down = (0.3 * strength * side * rng.uniform(-1, 1) for side in (width, height))
    cos, sin = zoom * math.cos(angle), zoom * math.sin(angle)
    # Pillow asks where a pixel of the result comes from: the middle from the middle, moved.
    x, y = width / 2, height / 2
    data = (
        *(cos, sin, frame + x + right - cos * x - sin * y),
        *(-sin, cos, frame + y + down + sin * x - cos * y),
    )
    image = Image.fromarray(padded[..., 0] if channels == 1 else padded)
    moved = image.transform((width, height), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    return np.asarray(moved).reshape(height, width, channels)


def _lit(picture: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """Of another brightness and contrast; what is transparent stays so."""
    light, contrast = 127.5 * strength * rng.uniform(-1, 1), 1 + 0.5 * strength * rng.uniform(-1, 1)
    changed = picture.astype(np.float32)
    colors = changed[..., :3]
    mean = colors.mean()
    changed[..., :3] = np.clip((colors - mean) * np.float32(contrast) + mean + np.float32(light), 0, 255)
    return changed

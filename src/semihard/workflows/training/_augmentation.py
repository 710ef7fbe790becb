"""Random changes of pictures, by name and strength."""

import keras


def augmentation(name: str, strength: float, seed: int) -> keras.layers.Layer | None:
    """Return the layers of one of `AUGMENTATIONS` for pixels from 0 to 255; None for none.

    At strength 1 pictures are turned by up to 90°, zoomed by up to a half, moved by up to 30 %, and their brightness
    and contrast change by up to a half.
    """
    layers = keras.layers
    steps: list[keras.layers.Layer] = []
    if name in ("flip", "geometric", "photo"):
        steps.append(layers.RandomFlip("horizontal", seed=seed))
    if name in ("geometric", "photo") and strength:
        steps += [
            layers.RandomRotation(0.25 * strength, fill_mode="reflect", seed=seed),
            layers.RandomZoom(0.5 * strength, fill_mode="reflect", seed=seed),
            layers.RandomTranslation(0.3 * strength, 0.3 * strength, fill_mode="reflect", seed=seed),
        ]
    if name == "photo" and strength:
        steps += [layers.RandomBrightness(0.5 * strength, seed=seed), layers.RandomContrast(0.5 * strength, seed=seed)]
    return keras.Sequential(steps) if steps else None

"""A run whose net has what a trained one has: convolutions, batch normalisation, pooling, vectors of unit length."""

from pathlib import Path

import keras
import numpy as np

from semihard.data import Preprocessing


def convolutional(folder: Path) -> Path:
    """What `export` takes for a run."""
    layers = keras.layers
    keras.utils.set_random_seed(0)
    inputs = x = keras.Input((24, 24, 3), name="pixels")
    x = layers.Rescaling(1 / 255)(x)
    for filters in (32, 128):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D(2, padding="same")(x)
    x = layers.Dense(16)(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, layers.UnitNormalization()(x))
    rng = np.random.default_rng(0)  # as if it had seen batches
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])
    folder.mkdir(parents=True)
    model.save(folder / "model.keras")
    Preprocessing((24, 24)).to_json(folder / "preprocessing.json")
    return folder

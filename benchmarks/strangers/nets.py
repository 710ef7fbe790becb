"""Two nets that make embeddings of pictures, on PyTorch, each in a minute or two on one core."""

import keras
import numpy as np

from semihard.data import BatchPlan
from semihard.losses import MultiSimilarityLoss
from semihard.models import pretrained_backbone

STEPS = 400
AT_ONCE = 256


def frozen_features(images):
    """float32 [n, 1280] of uint8 [n, height, width, 3]."""
    return embed(pretrained_backbone("efficientnet_lite0", images.shape[1:]), images)


def train(images, labels, rows, seed):
    """A net of three convolutions for grey pictures uint8 [n, height, width], trained on some rows."""
    layers = keras.layers
    parts = [keras.Input((*images.shape[1:], 1)), layers.Rescaling(1 / 255)]
    for filters, width in ((32, 5), (64, 3), (128, 3)):
        parts.append(layers.Conv2D(filters, width, strides=2, padding="same", activation="relu"))
        parts.append(layers.BatchNormalization())
    net = keras.Sequential([*parts, layers.Flatten(), layers.Dense(128), layers.UnitNormalization()])
    net.compile("adam", loss=MultiSimilarityLoss())
    plan = BatchPlan(labels[rows], classes_per_batch=32, samples_per_class=4, steps=STEPS, seed=seed)
    for step in range(STEPS):
        some = rows[plan[0, step]]
        net.train_on_batch(images[some][..., None], labels[some])
    return net


def embed(net, images):
    """float32 [n, dim]."""
    images = images if images.ndim == 4 else images[..., None]
    starts = range(0, len(images), AT_ONCE)
    return np.concatenate([np.asarray(net.predict_on_batch(images[start : start + AT_ONCE])) for start in starts])

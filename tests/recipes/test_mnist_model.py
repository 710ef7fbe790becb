"""The tutorial's model, layer by layer, and what its training depends on."""

import keras
import pytest

from semihard.datasets import mnist
from semihard.recipes.mnist_model import build_model, to_input, train


def test_the_model_of_the_tutorial():
    """Parameters: 2·2·1·64 + 64, 2·2·64·32 + 32, 7·7·32·256 + 256."""
    model = build_model()
    assert [layer.count_params() for layer in model.layers if layer.count_params()] == [320, 8224, 401_664]
    assert [type(layer).__name__ for layer in model.layers] == [
        *["Conv2D", "MaxPooling2D", "Dropout"] * 2,
        *["Flatten", "Dense", "UnitNormalization"],
    ]
    assert model.output_shape == (None, 256)


def test_the_seed_decides():
    (images, labels), _ = mnist()
    losses = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        options = {"epochs": 1, "batch_size": 16, "seed": seed}
        history = train(build_model(), to_input(images[:64]), labels[:64], **options)
        losses.append(history["loss"][0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert losses[0] != pytest.approx(losses[2], rel=1e-3)

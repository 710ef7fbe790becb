"""The balanced recipe: its model, and that it learns more than the tutorial's of as many digits."""

import keras
import numpy as np

from semihard.datasets import mnist
from semihard.evaluation import evaluate
from semihard.workflows.tutorial.balanced_recipe import build_balanced_model, train_balanced
from semihard.workflows.tutorial.mnist_model import build_model, to_input, train


def test_the_model_of_the_recipe():
    """Parameters: 3·3·1·24, 3·3·24·48, 3·3·48·96, 7·7·96·256 + 256, and four of each normalized number."""
    model = build_balanced_model()
    counted = [(type(layer).__name__, layer.count_params()) for layer in model.layers if layer.count_params()]
    assert [count for name, count in counted if name != "BatchNormalization"] == [216, 10_368, 41_472, 1_204_480]
    assert [count for name, count in counted if name == "BatchNormalization"] == [4 * n for n in (24, 48, 96, 256)]
    assert model.output_shape == (None, 256)
    lengths = np.linalg.norm(model.predict(np.ones((2, 28, 28, 1)), verbose=0), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)


def test_it_learns_more_of_the_same_digits():
    (images, labels), (others, theirs) = mnist()
    few, others, theirs = to_input(images[:2000]), to_input(others[:500]), theirs[:500]

    def map_at_r(model: keras.Model) -> float:
        report = evaluate(model.predict(others, verbose=0), theirs, ks=[1], resamples=0)
        return report.figures["map_at_r"].value

    keras.utils.set_random_seed(0)
    usual, balanced = build_model(), build_balanced_model()
    train(usual, few, labels[:2000], epochs=2, batch_size=32, seed=0)
    history = train_balanced(balanced, few, labels[:2000], epochs=2, seed=0)
    assert len(history["loss"]) == 2
    assert map_at_r(balanced) > map_at_r(usual) + 0.05

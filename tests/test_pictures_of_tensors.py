"""Images that are tensors of the backend in use."""

import keras
import numpy as np
import pytest

from semihard._core.images import checked_images
from semihard.visualization import sprite_sheet

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 3), np.uint8)


def test_tensors_are_images():
    tensor = keras.ops.convert_to_tensor(PIXELS)
    np.testing.assert_array_equal(checked_images(tensor), PIXELS)
    np.testing.assert_array_equal(checked_images([tensor[i] for i in range(3)]), PIXELS)
    first = keras.ops.transpose(keras.ops.cast(tensor, "float32") / 255, (0, 3, 1, 2))
    np.testing.assert_array_equal(sprite_sheet(first), sprite_sheet(PIXELS))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_variables_of_any_precision_are_images(dtype):
    """A variable of PyTorch has a gradient, and NumPy knows no bfloat16."""
    variable = keras.Variable(np.array([[[0, 0.5, 1]]], np.float32), dtype=dtype)
    np.testing.assert_array_equal(checked_images(variable.value), [[[0, 0.5, 1]]])
    assert sprite_sheet(variable.value).tolist() == [[0, 128, 255]]

"""Labels of the classes travel with the model, through files too, and change nothing else."""

import keras
import numpy as np
import pytest

from semihard.data import BatchPlan
from semihard.layers import ClassLabels, class_labels


def model_with(labels):
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), ClassLabels(labels)])


@pytest.mark.parametrize("labels", [["b", "a", "ü\n"], [2**53 + 1, 2**53, -1], [0.5, 1.5]])
def test_labels_come_back_from_a_file(tmp_path, labels):
    model = model_with(labels)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert class_labels(loaded).tolist() == labels
    x = np.random.default_rng(0).random((4, 3), np.float32)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_plans_classes_name_its_codes():
    labels = np.array([30, 10, 20, 10, 30, 20])
    plan = BatchPlan(labels, 2, 2)
    np.testing.assert_array_equal(class_labels(model_with(plan.classes))[plan.codes], labels)


def test_a_layer_inside_a_part_of_the_model_is_found():
    inputs = keras.Input((3,))
    assert class_labels(keras.Model(inputs, model_with(["x", "y"])(inputs))).tolist() == ["x", "y"]


def test_wrong_labels_raise():
    with pytest.raises(TypeError, match=r"strings or numbers.*\('a', 1\)"):
        ClassLabels([("a", 1)])
    with pytest.raises(ValueError, match="'a' more than once"):
        ClassLabels(["a", "b", "a"])
    with pytest.raises(ValueError, match=r"with 0.*plan.classes"):
        class_labels(keras.Sequential([keras.Input((3,))]))
    with pytest.raises(ValueError, match="with 2"):
        class_labels(keras.Sequential([keras.Input((3,)), ClassLabels(["a"]), ClassLabels(["b"])]))

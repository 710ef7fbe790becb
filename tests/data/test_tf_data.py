"""The plan as a `tf.data.Dataset`, on whatever backend Keras runs."""

import numpy as np
import pytest

from semihard._core.extras import MissingPackage
from semihard.data import BalancedBatches, as_tf_data
from tests.data.seen import EPOCHS, SAMPLES, fitted, plan, planned


def test_without_tensorflow_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("semihard.data.tf_data.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match=r'pip install "semihard\[tensorflow\]"'):
        as_tf_data(BalancedBatches(SAMPLES, plan()))


@pytest.fixture
def tensorflow():
    return pytest.importorskip("tensorflow", reason="the adapter for tf.data needs TensorFlow")


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("first", [0, 1])
def test_fit_gets_the_plan_in_order(tensorflow, workers, first):
    batches = BalancedBatches(SAMPLES, plan())
    dataset = as_tf_data(batches, workers)
    assert fitted(dataset, batches.callback, epochs=EPOCHS, initial_epoch=first) == planned(first)
    assert fitted(dataset, batches.callback, epochs=EPOCHS) == planned()


def test_shapes_are_known_and_values_the_plans(tensorflow):
    batches = BalancedBatches(SAMPLES, plan())
    dataset = as_tf_data(batches)
    assert [tuple(spec.shape) for spec in dataset.element_spec] == [(12, 1), (12,)]
    batches.set_epoch(2)
    for step, (x, y) in enumerate(dataset.as_numpy_iterator()):
        np.testing.assert_array_equal(x, SAMPLES[plan()[2, step]])
        np.testing.assert_array_equal(y, plan().codes[plan()[2, step]])
    assert step == plan().steps - 1


def test_a_second_pass_of_an_unknown_epoch_raises(tensorflow):
    dataset = as_tf_data(BalancedBatches(SAMPLES, plan()))
    list(dataset)
    with pytest.raises(tensorflow.errors.OpError, match="set_epoch"):
        list(dataset)

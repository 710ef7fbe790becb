"""What `fit` really gets from a plan: the same batches with and without workers, and after a restart."""

import keras
import numpy as np
import pytest

from semihard.data import BalancedBatches, BatchPlan
from tests.data.seen import EPOCHS, LABELS, SAMPLES, fitted, plan, planned

WORKERS = pytest.mark.parametrize(("workers", "processes"), [(1, False), (2, False), (2, True)])


@WORKERS
def test_fit_gets_the_plan_in_order(workers, processes):
    batches = BalancedBatches(SAMPLES, plan(), workers=workers, use_multiprocessing=processes)
    assert fitted(batches, batches.callback, epochs=EPOCHS) == planned()
    assert len(set(planned())) == EPOCHS


@WORKERS
def test_training_that_goes_on_gets_the_batches_it_would_have_had(workers, processes):
    batches = BalancedBatches(SAMPLES, plan(), workers=workers, use_multiprocessing=processes)
    assert fitted(batches, batches.callback, epochs=EPOCHS, initial_epoch=1) == planned(first=1)


def test_a_second_fit_starts_again():
    batches = BalancedBatches(SAMPLES, plan())
    assert (
        fitted(batches, batches.callback, epochs=EPOCHS)
        == fitted(batches, batches.callback, epochs=EPOCHS)
        == planned()
    )


def test_fit_without_the_callback_raises():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", loss="mse")
    with pytest.raises(RuntimeError, match=r"callbacks=\[batches.callback\]"):
        model.fit(BalancedBatches(SAMPLES, plan()), verbose=0)


def test_labels_are_class_numbers():
    whole = BatchPlan([f"class {label}" for label in LABELS], 4, 3)
    x, y = BalancedBatches(SAMPLES, whole)[1]
    assert y.dtype == np.int32
    assert [f"class {LABELS[int(sample)]}" for sample in x[:, 0]] == whole.classes[y].tolist()


def test_wrong_arguments_raise():
    with pytest.raises(ValueError, match="59 samples, 60 labels"):
        BalancedBatches(SAMPLES[:-1], plan())
    with pytest.raises(TypeError, match=r"BatchPlan.*list"):
        BalancedBatches(SAMPLES, [0] * 60)


def test_validation_batches_of_a_fixed_epoch():
    """`evaluate` tells no data set its epoch: it asks for one rather than quietly using epoch 0."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", loss="mse")
    batches = BalancedBatches(SAMPLES, plan())
    with pytest.raises(RuntimeError, match=r"batches.set_epoch\(0\)"):
        model.evaluate(batches, verbose=0)
    batches.set_epoch(2)
    assert model.evaluate(batches, verbose=0) == model.evaluate(batches, verbose=0)
    np.testing.assert_array_equal(batches[1][0], SAMPLES[plan()[2, 1]])

"""`predict` and `evaluate`: each sample once and in order, or an error at once; never a wait without an end."""

import keras
import numpy as np
import pytest
from PIL import Image

from semihard.data import BalancedBatches, ImageFiles, InOrder
from tests.data.seen import SAMPLES, plan

WORKERS = pytest.mark.parametrize("workers", [1, 2])


def identity(shape=(1,), built=True):
    """A model whose predictions are its inputs, and whose loss is their mean."""
    if built:
        inputs = keras.Input(shape)
        model = keras.Model(inputs, keras.layers.Flatten()(inputs))
    else:
        model = keras.Sequential([keras.layers.Flatten()])
    model.compile("sgd", loss=lambda y, x: keras.ops.mean(x, axis=-1))
    return model


@WORKERS
@pytest.mark.parametrize("epoch", [None, 0])
@pytest.mark.parametrize("built", [False, True])
def test_predict_of_a_plan_raises_at_once(workers, epoch, built):
    batches = BalancedBatches(SAMPLES, plan(), workers=workers)
    batches.set_epoch(epoch)
    with pytest.raises(RuntimeError, match=r"model\.predict\(InOrder\(x"):
        identity(built=built).predict(batches, verbose=0)


@pytest.mark.parametrize(("workers", "processes"), [(1, False), (3, False), (2, True)])
@pytest.mark.parametrize("built", [False, True])
def test_in_order_gives_each_sample_once(workers, processes, built):
    data = InOrder(SAMPLES, 7, workers=workers, use_multiprocessing=processes, max_queue_size=2)
    assert len(data) == 9
    model = identity(built=built)
    for _ in range(2):
        np.testing.assert_array_equal(model.predict(data, verbose=0), SAMPLES)


def test_in_order_of_several_inputs_and_targets():
    data = InOrder({"a": SAMPLES, "b": -SAMPLES}, 50, y=(SAMPLES[:, 0], SAMPLES))
    (x, y) = data[1]
    np.testing.assert_array_equal(x["b"], -SAMPLES[50:])
    np.testing.assert_array_equal(y[0], SAMPLES[50:, 0])
    with pytest.raises(IndexError, match=r"below 2.*step=2"):
        data[2]


def test_some_rows_in_the_order_that_is_asked_for():
    rows = [59, 0, 3, 3]
    data = InOrder(SAMPLES, 3, y=SAMPLES[:, 0], rows=rows)
    assert [(x[:, 0].tolist(), y.tolist()) for x, y in (data[0], data[1])] == [([59, 0, 3],) * 2, ([3],) * 2]
    np.testing.assert_array_equal(identity().predict(data, verbose=0), SAMPLES[rows])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": SAMPLES, "rows": [60]}, ValueError, "`rows`.*from 0 to 59.*60"),
        ({"x": SAMPLES, "rows": [1.0]}, TypeError, "`rows`.*whole"),
        ({"x": SAMPLES, "rows": []}, ValueError, "no `rows`"),
        ({"x": SAMPLES[:0]}, ValueError, "empty"),
        ({"x": SAMPLES, "y": SAMPLES[:-1]}, ValueError, "`y`.*59 samples, 60 samples"),
        ({"x": {}}, ValueError, "array, or a dict"),
        ({"x": SAMPLES, "batch_size": 0}, ValueError, "at least 1"),
    ],
)
def test_wrong_arguments_raise(arguments, error, message):
    with pytest.raises(error, match=message):
        InOrder(**arguments)


@pytest.mark.parametrize("how", [lambda images: images, lambda images: InOrder(images, 2, workers=2)])
def test_files_are_predicted_in_order(tmp_path, how):
    """Seven pictures of one grey each, 30 times their number."""
    (tmp_path / "one").mkdir()
    for number in range(7):
        Image.new("L", (3, 2), 30 * number).save(tmp_path / "one" / f"{number}.png")
    images = ImageFiles(tmp_path, (2, 3), channels=1)
    found = identity((2, 3, 1)).predict(how(images), verbose=0)
    np.testing.assert_array_equal(found, np.repeat(30.0 * np.arange(7)[:, None], 6, 1))
    assert np.asarray(images, "float32").shape == images.shape == (7, 2, 3, 1)


@pytest.mark.parametrize("processes", [False, True])
def test_an_error_in_a_worker_is_told(tmp_path, processes):
    """The file's name comes from a process too, although this error does not survive pickling."""
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "bad.png").write_bytes(b"none")
    images = ImageFiles(tmp_path, (2, 3), corrupt="unchecked")
    data = InOrder(images, 2, workers=2, use_multiprocessing=processes)
    data.on_epoch_begin()
    with pytest.raises((ValueError, RuntimeError), match=r"bad\.png"):
        data[0]
    data.on_epoch_end()


@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize("workers", [1, 3])
def test_evaluate_sees_each_batch_once(built, workers):
    """Batches made while a model is built must not come again, nor the last be left out: the mean of all samples."""
    batches = BalancedBatches(SAMPLES, plan(), workers=workers, max_queue_size=2)
    batches.set_epoch(0)
    seen = np.mean([batches.batch(step)[0].mean() for step in range(len(batches))])
    model = identity(built=built)
    for _ in range(2):
        np.testing.assert_allclose(model.evaluate(batches, verbose=0), seen, rtol=1e-6)


@WORKERS
def test_validation_on_the_plan(workers):
    """Another plan's batches of a fixed epoch; or those of training themselves."""
    batches, others = (BalancedBatches(SAMPLES, plan(), workers=workers) for _ in range(2))
    others.set_epoch(1)
    expected = np.mean([others.batch(step)[0].mean() for step in range(len(others))])
    options = {"epochs": 3, "shuffle": False, "callbacks": [batches.callback], "verbose": 0}
    history = identity(built=False).fit(batches, validation_data=others, **options).history
    np.testing.assert_allclose(history["val_loss"], [expected] * 3, rtol=1e-6)
    history = identity().fit(batches, validation_data=batches, **options).history
    np.testing.assert_allclose(history["val_loss"], history["loss"], rtol=1e-6)

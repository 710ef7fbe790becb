"""Models of several inputs and outputs: every array of a batch holds the samples of the plan, whoever makes it."""

from importlib.util import find_spec

import keras
import numpy as np
import pytest

from semihard.data import BalancedBatches, as_tf_data
from semihard.losses import TripletSemiHardLoss
from tests.data.seen import LABELS, SAMPLES, plan

AGES = np.arange(60, dtype="float32") * 3


def batches(**options):
    whole = plan()
    x = {"image": SAMPLES, "meta": SAMPLES * 10}
    return BalancedBatches(x, whole, y={"embedding": whole.codes, "age": AGES}, **options)


def model():
    image, meta = keras.Input((1,), name="image"), keras.Input((1,), name="meta")
    both = keras.layers.Concatenate()([image, meta])
    embedding = keras.layers.Dense(2, name="embedding")(both)
    made = keras.Model({"image": image, "meta": meta}, {"embedding": embedding, "age": keras.layers.Identity()(image)})
    made.compile("sgd", loss={"embedding": TripletSemiHardLoss(), "age": "mae"})
    return made


def expected():
    """Mean |age − sample| of the epoch: twice the sample."""
    return np.mean([2 * SAMPLES[plan()[0, step]].mean() for step in range(plan().steps)])


def ways():
    yield "plain", {}, lambda data: data
    yield "threads", {"workers": 3}, lambda data: data
    yield "processes", {"workers": 2, "use_multiprocessing": True}, lambda data: data
    if find_spec("tensorflow") is not None:
        yield "tf.data", {"workers": 2}, as_tf_data


@pytest.mark.parametrize(("options", "feed"), [pytest.param(*way, id=name) for name, *way in ways()])
def test_fit_and_evaluate(options, feed):
    data = batches(**options)
    made = model()
    history = made.fit(feed(data), shuffle=False, callbacks=[data.callback], verbose=0).history
    np.testing.assert_allclose(history["age_loss"], [expected()], rtol=1e-5)
    assert np.isfinite(history["embedding_loss"]).all()
    data.set_epoch(0)
    np.testing.assert_allclose(
        made.evaluate(feed(data), return_dict=True, verbose=0)["age_loss"], expected(), rtol=1e-5
    )


def test_tuples_and_lists_are_numbered():
    data = BalancedBatches([SAMPLES, LABELS], plan(), y=(plan().codes, AGES.tolist()))
    x, y = data[2]
    indices = plan()[0, 2]
    for got, array in zip((*x, *y), (SAMPLES, LABELS, plan().codes, AGES), strict=True):
        np.testing.assert_array_equal(got, array[indices])


def test_labels_of_the_plan_stay_the_default():
    x, y = BalancedBatches({"image": SAMPLES}, plan())[0]
    np.testing.assert_array_equal(y, plan().codes[plan()[0, 0]])
    assert list(x) == ["image"]


def test_tensors_and_frames_are_samples_too():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": SAMPLES[:, 0]}, index=np.arange(60)[::-1])
    for x in (keras.ops.convert_to_tensor(SAMPLES), frame):
        np.testing.assert_array_equal(BalancedBatches(x, plan())[1][0], SAMPLES[plan()[0, 1]])
    y = BalancedBatches(SAMPLES, plan(), y=pandas.Series(AGES, index=np.arange(60)[::-1]))[1][1]
    np.testing.assert_array_equal(y, AGES[plan()[0, 1]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": {"a": SAMPLES, "b": SAMPLES[:-1]}}, r"x\['b'\].*59 samples, 60 labels"),
        ({"x": SAMPLES, "y": (AGES, AGES[:5])}, r"y\[1\].*5 samples, 60 labels"),
        ({"x": ()}, "array, or a dict or tuple"),
    ],
)
def test_wrong_arguments_raise(arguments, message):
    with pytest.raises(ValueError, match=message):
        BalancedBatches(plan=plan(), **arguments)

"""Augmentation: each sample by itself, with random numbers that only its place in the plan decides."""

import keras
import numpy as np
import pytest

from semihard.data import BalancedBatches, BatchPlan
from tests.batches.seen import LABELS, plan

IMAGES = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), np.uint8)


def crop():
    """A layer that makes one choice for all samples that it is given together."""
    return keras.layers.RandomCrop(5, 5)


def several():
    return keras.Sequential([keras.layers.RandomFlip(), keras.layers.RandomBrightness(0.3), crop()])


def batches(layer, whole=None, **options):
    return BalancedBatches(IMAGES, whole or plan(), augment=layer, **options)


def x_of(data, step=0):
    return data[step][0]


def test_each_sample_is_cropped_by_itself():
    """A crop is one of the 16 windows of its own image, and the windows of a batch are several."""
    windows = set()
    cropped = x_of(batches(crop()))
    assert cropped.shape == (12, 5, 5, 3)
    for index, image in zip(plan()[0, 0], cropped, strict=True):
        places = [
            (top, left)
            for top in range(4)
            for left in range(4)
            if np.array_equal(IMAGES[index, top : top + 5, left : left + 5], image)
        ]
        assert len(places) == 1
        windows.update(places)
    assert len(windows) > 3


def test_the_place_in_the_plan_decides():
    data, again = batches(several()), batches(several())
    data.set_epoch(4)
    first = [x_of(data, step) for step in range(3)]
    again.set_epoch(4)
    for step in (2, 0, 1):
        np.testing.assert_array_equal(x_of(again, step), first[step])
    # The same sample in another epoch, or with another seed, is another picture.
    where = {int(index): place for place, index in enumerate(plan()[4, 0])}
    again.set_epoch(5)
    other = np.concatenate([plan()[5, step] for step in range(plan().steps)])
    changed = np.concatenate([x_of(again, step) for step in range(plan().steps)])
    pairs = [(first[0][where[int(i)]], changed[place]) for place, i in enumerate(other) if int(i) in where]
    assert pairs
    assert not any(np.array_equal(a, b) for a, b in pairs)


def test_shards_together_are_the_batch():
    parts = [x_of(batches(several(), plan().shard(index, 2))) for index in range(2)]
    np.testing.assert_array_equal(np.concatenate(parts), x_of(batches(several())))


def test_threads_give_what_one_gives():
    """`fit` with workers=3 trains on the batches that asking one by one gives: seen as the sum of each epoch."""

    def fit(workers):
        inputs = keras.Input((5, 5, 3))
        model = keras.Model(inputs, keras.layers.Flatten()(inputs))
        model.compile("sgd", loss=lambda y, x: keras.ops.mean(x, axis=-1))
        data = batches(several(), workers=workers)
        return model.fit(data, epochs=2, shuffle=False, callbacks=[data.callback], verbose=0).history["loss"]

    data = batches(several())
    expected = []
    for epoch in range(2):
        data.set_epoch(epoch)
        expected.append(np.mean([x_of(data, step).mean(dtype="float64") for step in range(len(data))]))
    np.testing.assert_allclose(fit(1), expected, rtol=1e-5)
    np.testing.assert_allclose(fit(3), expected, rtol=1e-5)


def test_it_does_not_disturb_the_layers_own_random_numbers():
    layer = crop()
    layer(IMAGES[:1], training=True)
    before = [keras.ops.convert_to_numpy(variable.value) for variable in layer.variables]
    x_of(batches(layer))
    after = [keras.ops.convert_to_numpy(variable.value) for variable in layer.variables]
    np.testing.assert_array_equal(after, before)


def test_wrong_arguments_raise():
    with pytest.raises(TypeError, match=r"Keras layer.*function"):
        batches(lambda x: x)
    with pytest.raises(ValueError, match=r"use_multiprocessing.*workers=2"):
        batches(crop(), use_multiprocessing=True)
    assert BatchPlan(LABELS, 4, 3).shard(1, 2).first == 6

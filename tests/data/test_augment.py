"""Augmentation: each sample by itself, with random numbers that only its place in the plan decides."""

from importlib.util import find_spec

import keras
import numpy as np
import pytest

from semihard.data import BalancedBatches, BatchPlan, ImageFiles, as_tf_data
from semihard.data._augment import _OF_ITS_OWN, Augment
from tests.data.seen import LABELS, plan

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


BRIGHT = np.full((60, 4, 4, 3), 230, np.uint8)


def bright_files(folder):
    from PIL import Image

    for place, image in enumerate(BRIGHT):
        (folder / str(place // 5)).mkdir(exist_ok=True)
        Image.fromarray(image).save(folder / str(place // 5) / f"{place:02}.png")
    return ImageFiles(folder, (4, 4))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float16", "files"])
@pytest.mark.parametrize("tf_data", [False, True] if find_spec("tensorflow") else [False])
def test_bright_pixels_do_not_wrap(tmp_path, dtype, tf_data):
    """230 + 0.2 · 255 = 281 is clipped to 255; in uint8 the sum is 25."""
    x = bright_files(tmp_path) if dtype == "files" else BRIGHT.astype(dtype)
    data = BalancedBatches(x, plan(), augment=keras.layers.RandomBrightness((0.2, 0.2)))
    changed = next(as_tf_data(data).as_numpy_iterator())[0] if tf_data else data[0][0]
    assert changed.dtype == np.float32
    np.testing.assert_array_equal(changed, np.full((12, 4, 4, 3), 255.0))


def test_contrast_of_whole_numbers():
    """(x − mean) · factor + mean, of one factor for each image: 0 and 200 come to 100 ± 100 · factor."""
    image = np.zeros((4, 4, 1), np.uint8)
    image[:2] = 200
    changed = x_of(BalancedBatches(np.stack([image] * 60), plan(), augment=keras.layers.RandomContrast(0.5)))
    factors = (changed[:, 0, 0, 0] - 100) / 100
    assert len(set(factors.tolist())) > 6
    assert (factors >= 0.5).all()
    assert (factors <= 1.5).all()
    np.testing.assert_allclose(changed[:, 3, 3, 0], np.maximum(100 - 100 * factors, 0), atol=1e-3)


ARGUMENTS = {
    "CenterCrop": {"height": 4, "width": 4},
    "RandomColorJitter": {"brightness_factor": 0.3, "contrast_factor": 0.3, "hue_factor": 0.3},
    "RandomPerspective": {"factor": 1.0, "scale": 0.5},
    "RandomShear": {"x_factor": 0.3, "y_factor": 0.3},
    "RandomTranslation": {"height_factor": 0.3, "width_factor": 0.3},
    "RandomZoom": {"height_factor": 0.3},
    "Rescaling": {"scale": 0.5},
    "Resizing": {"height": 6, "width": 6},
}
NO_ARGUMENTS = {"AutoContrast", "RandomFlip"}
NO_CHOICE = {"AutoContrast", "CenterCrop", "Rescaling", "Resizing"}


@pytest.mark.parametrize("kind", sorted(_OF_ITS_OWN, key=lambda kind: kind.__name__))
def test_layers_that_change_many_samples_at_a_time(kind):
    """Each sample has numbers of its own, and nothing of another sample reaches it: parts are parts of the whole."""
    name = kind.__name__
    arguments = ARGUMENTS.get(name, {} if name in NO_ARGUMENTS else {"factor": 0.5})
    augment = Augment(kind(**arguments), 3)
    whole = augment(IMAGES[:50], 1, 2, 0, 50)
    assert np.isfinite(whole).all()
    for first, count in [(0, 10), (20, 20), (45, 5)]:
        part = augment(IMAGES[first : first + count], 1, 2, first, 50)
        np.testing.assert_allclose(part, whole[first : first + count], atol=1e-3)
    same = augment(np.repeat(IMAGES[:1], 50, 0), 1, 2, 0, 50)
    assert (len(np.unique(same.round(3), axis=0)) == 1) == (name in NO_CHOICE)


class OneChoice(keras.layers.Layer):
    """A user's layer: one number for all samples of a call, and no word of its own for training."""

    def __init__(self):
        super().__init__()
        self.generator = keras.random.SeedGenerator(1)

    def call(self, x):
        return x * 0 + keras.random.uniform((), seed=self.generator)


def test_other_layers_choose_for_each_sample_by_itself():
    layer = keras.Sequential([keras.layers.RandomFlip(), OneChoice(), crop()])
    changed = x_of(batches(layer))
    assert len(set(changed[:, 0, 0, 0].tolist())) == 12
    shards = [x_of(batches(layer, plan().shard(index, 4))) for index in range(4)]
    np.testing.assert_array_equal(np.concatenate(shards), changed)


def test_crops_come_from_every_window_alike():
    """The place of the window is written in the pixels; of 600 the 16 windows have 37 each, give or take 6."""
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    corners = Augment(crop(), 0)(np.stack([image] * 600), 0, 0, 0, 600)[:, 0, 0, 0]
    windows, counts = np.unique(corners, return_counts=True)
    assert windows.tolist() == [8 * top + left for top in range(4) for left in range(4)]
    assert (abs(counts - 37.5) < 25).all()


def test_a_crop_larger_than_the_picture_resizes_as_keras_does():
    layer = keras.layers.RandomCrop(10, 10)
    expected = keras.ops.convert_to_numpy(layer(IMAGES[:3].astype("float32"), training=True))
    np.testing.assert_allclose(Augment(layer, 0)(IMAGES[:3], 0, 0, 0, 3), expected, rtol=1e-5)


def test_inputs_by_name_have_random_numbers_of_their_own():
    x = {"left": IMAGES, "right": IMAGES, "meta": LABELS}
    data = BalancedBatches(x, plan(), augment={"left": several(), "right": several()})
    got = x_of(data)
    assert got["left"].dtype == np.float32
    assert not np.array_equal(got["left"], got["right"])
    np.testing.assert_array_equal(got["meta"], LABELS[plan()[0, 0]])
    pair = BalancedBatches((LABELS, IMAGES), plan(), augment={1: crop()})[0][0]
    assert pair[1].shape == (12, 5, 5, 3)


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
    with pytest.raises(ValueError, match=r"MixUp.*mixed labels"):
        batches(keras.Sequential([crop(), keras.layers.MixUp()]))
    for wrong in (crop(), {"picture": crop()}):
        with pytest.raises(ValueError, match=r"\['image'\].*augment=\{'image': layer\}"):
            BalancedBatches({"image": IMAGES}, plan(), augment=wrong)
    assert BatchPlan(LABELS, 4, 3).shard(1, 2).first == 6

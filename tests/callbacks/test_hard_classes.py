"""Classes that the model confuses meet in its next epoch, on every backend and however the batches are fed."""

import keras
import numpy as np
import pytest
from PIL import Image

from semihard.callbacks import HardClasses
from semihard.data import BalancedBatches, BatchPlan, BatchSampler, ImageFiles, as_tf_data
from semihard.relations import SameLabel
from tests.data.seen import EPOCHS, LABELS, SAMPLES, expected, fitted

X = np.random.default_rng(0).normal(size=(48, 6)).astype("float32")
Y = np.arange(48) % 12


def number_plan():
    """Of samples that are numbers, five of each class: the means of neighbouring classes are five apart."""
    return BatchPlan(LABELS, 4, 3, seed=5, hard=0.5)


def planned(first=0):
    """What a model that gives its input sees, if the two nearest classes of each are known."""
    plan = number_plan()
    plan.set_nearest_classes([[1, 2], *([c - 1, c + 1] for c in range(1, 11)), [10, 9]])
    return [expected([plan[epoch, step] for step in range(plan.steps)]) for epoch in range(first, EPOCHS)]


WAYS = {
    "as they are": lambda plan, workers: BalancedBatches(SAMPLES, plan, workers=workers),
    "processes": lambda plan, workers: BalancedBatches(SAMPLES, plan, workers=workers, use_multiprocessing=True),
}


@pytest.mark.parametrize(("way", "workers"), [("as they are", 1), ("as they are", 2), ("processes", 2)])
@pytest.mark.parametrize("first", [0, 1])
def test_fit_gets_batches_of_the_nearest_classes(way, workers, first):
    """From any epoch on: what a training that was ended and goes on gets is what it would have had."""
    plan = number_plan()
    batches, hard = WAYS[way](plan, workers), HardClasses(plan, SAMPLES, k=2, workers=workers)
    assert fitted(batches, batches.callback, hard, epochs=EPOCHS, initial_epoch=first) == planned(first)


def test_tf_data_and_samplers_get_them_too():
    plan = number_plan()
    batches, hard = BalancedBatches(SAMPLES, plan), HardClasses(plan, SAMPLES, k=2)
    if keras.backend.backend() == "tensorflow":
        assert fitted(as_tf_data(batches), hard, batches.callback, epochs=EPOCHS) == planned()
    if keras.backend.backend() == "torch":
        from torch.utils.data import DataLoader

        sampler = BatchSampler(plan.shard(0, 1))
        pairs = [(x, y) for x, y in zip(SAMPLES, plan.codes, strict=True)]
        hard = HardClasses(plan.shard(0, 1), SAMPLES, k=2)
        assert fitted(DataLoader(pairs, batch_sampler=sampler), sampler.callback, hard, epochs=EPOCHS) == planned()


def small_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, activation="tanh")])
    model.compile(keras.optimizers.SGD(0.5), loss="mse")
    return model


def trained(model, plan, every, first, last):
    batches = BalancedBatches(X, plan, y=X[:, :4])
    callbacks = [batches.callback, HardClasses(plan, X, k=3, every=every, samples=2)]
    model.fit(batches, initial_epoch=first, epochs=last, shuffle=False, verbose=0, callbacks=callbacks)
    return model.get_weights()


@pytest.mark.parametrize("every", [1, 2])
def test_going_on_ends_with_the_same_weights(every):
    """After one epoch of three, in a process that knows the weights and, between two searches, what was found."""

    def plan():
        return BatchPlan(Y, 4, 2, hard=0.5)

    whole = trained(small_model(), plan(), every, 0, 3)
    begun, known = small_model(), plan()
    weights = trained(begun, known, every, 0, 1)
    model, further = small_model(), plan()
    model.set_weights(weights)
    if every > 1:
        further.set_nearest_classes(np.array(known.nearest_classes))
    for one, other in zip(trained(model, further, every, 1, 3), whole, strict=True):
        np.testing.assert_array_equal(one, other)


def test_they_are_those_of_a_loop_over_all_samples():
    """With as many samples as a class has, and classes that are too small and left out."""
    labels = [f"class {y}" for y in Y] + ["alone"]
    x = np.concatenate([X, X[:1] * 2])
    plan = BatchPlan(labels, 4, 2, small_classes="skip", hard=0.5)
    model = small_model()
    hard = HardClasses(plan, x, k=3, batch_size=7)
    hard.set_model(model)
    hard.on_epoch_begin(0)
    found = model.predict(x, verbose=0).astype("float64")
    means = np.stack([found[plan.codes == code].mean(axis=0) for code in range(12)])
    distances = np.linalg.norm(means[:, None] - means[None], axis=2) + np.diag(np.full(12, np.inf))
    np.testing.assert_array_equal(plan.nearest_classes[:12], np.argsort(distances, axis=1)[:, :3])
    assert plan.nearest_classes[12].tolist() == [-1] * 3


@pytest.mark.parametrize(("classes", "k"), [(2, 1), (12, 3), (100, 16)])
def test_by_default_a_quarter_of_the_classes_and_never_many(classes, k):
    x, labels = np.arange(2.0 * classes, dtype="float32")[:, None], np.arange(classes).repeat(2)
    plan = BatchPlan(labels, 2, 2, hard=0.5)
    hard = HardClasses(plan, x)
    hard.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Identity()]))
    hard.on_epoch_begin(0)
    assert plan.nearest_classes.shape == (classes, k)


def test_a_few_samples_of_each_class_are_looked_at_and_others_each_time():
    sizes = np.array([1, 2, 3, 5, 40, 1000])
    plan = BatchPlan(np.random.default_rng(0).permutation(np.arange(6).repeat(sizes)), 2, 2, hard=0.5)
    hard = HardClasses(plan, np.zeros((len(plan.codes), 1)), samples=3)
    chosen = [hard._chosen(epoch) for epoch in range(400)]
    for rows in chosen:
        assert len(set(rows.tolist())) == len(rows)
        assert np.bincount(plan.codes[rows]).tolist() == [1, 2, 3, 3, 3, 3]
    often = np.bincount(np.concatenate(chosen), minlength=len(plan.codes))
    in_the_large = often[plan.codes == 4]
    assert in_the_large.min() > 10
    assert in_the_large.max() < 60  # of 400 times three in 40


def test_pictures_are_read_when_they_are_needed(tmp_path):
    """And a model with a head over classes is read at its embedding."""
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        for place in range(3):
            Image.new("L", (4, 4), 40 * number + place).save(folder / f"{place}.png")
    images = ImageFiles(tmp_path, (4, 4), channels=1)
    plan = BatchPlan(images.labels, 2, 2, hard=0.5)
    inputs = keras.Input((4, 4, 1))
    middle = keras.layers.GlobalAveragePooling2D(name="embedding")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(6, name="classes")(middle))
    model.compile("sgd", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    batches = BalancedBatches(images, plan, workers=2)
    hard = HardClasses(plan, images, k=1, batch_size=4, workers=2, output="embedding")
    model.fit(batches, shuffle=False, verbose=0, callbacks=[batches.callback, hard])
    assert (np.abs(plan.nearest_classes[:, 0] - np.arange(6)) == 1).all()


def test_wrong_arguments_raise():
    plan = BatchPlan(Y, 4, 2, hard=0.5)
    with pytest.raises(TypeError, match=r"BatchPlan.*SameLabel"):
        HardClasses(SameLabel(), X)
    with pytest.raises(ValueError, match=r"hard=0\.5.*hard=0"):
        HardClasses(BatchPlan(Y, 4, 2), X)
    with pytest.raises(ValueError, match="47 samples, 48 labels"):
        HardClasses(plan, X[:-1])
    for option in ("k", "every", "samples", "batch_size"):
        with pytest.raises(ValueError, match=f"`{option}` to be at least 1"):
            HardClasses(plan, X, **{option: 0})


def test_a_model_that_has_diverged_is_told():
    model = small_model()
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    plan = BatchPlan(Y, 4, 2, hard=0.5)
    with pytest.raises(ValueError, match="finite"):
        trained(model, plan, 1, 0, 1)

"""Training against a part of the classes: what is drawn, the loss against it; with all it is the plain model."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from semihard.layers import CosineClassifier
from semihard.losses import ArcFaceLoss, CosFaceLoss, MatryoshkaLoss, ProxyAnchorLoss, TripletSemiHardLoss
from semihard.models import SampledClasses
from tests.programs import BACKEND, to_numpy

CLASSES = 50
RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 6)).astype("float32")
Y = RNG.integers(0, CLASSES, 24)
BATCH = 8


def encoder(seed=0, **options):
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, **options)])


def model_of(samples=5, classifier=None, loss=None, optimizer=None, seed=3, **options):
    inner = encoder(**options)
    model = SampledClasses(inner, classifier or CosineClassifier(CLASSES), samples, seed=seed)
    model.compile(optimizer or keras.optimizers.SGD(0.1), loss=loss or ArcFaceLoss(scale=8))
    return model


def fit(model, x=X, y=Y, **options):
    options = {"batch_size": BATCH, "epochs": 2, **options}
    return model.fit(x, y, shuffle=False, verbose=0, **options).history["loss"]


def naive(embeddings, vectors, labels, margin=0.5, scale=8.0):
    """Mean ArcFace of float64 rows over these class vectors, [classes, centers, dim]."""
    total = 0.0
    for row, label in zip(embeddings.astype(float), labels, strict=True):
        cosines = np.array([max(row @ v / np.linalg.norm(row) / np.linalg.norm(v) for v in each) for each in vectors])
        own = cosines[label]
        beyond = own < -np.cos(margin)
        cosines[label] = own - margin * np.sin(margin) if beyond else np.cos(np.arccos(own) + margin)
        total += np.log(np.exp(scale * cosines).sum()) - scale * cosines[label]
    return total / len(labels)


def vectors_of(model):
    return to_numpy(model.classifier.vectors.value).astype(float).reshape(CLASSES, -1, 4)


@pytest.mark.parametrize("loss", [ArcFaceLoss(scale=8), CosFaceLoss(scale=8)], ids=lambda loss: loss.name)
def test_with_all_classes_it_trains_as_the_plain_model(loss):
    model = model_of(samples=CLASSES, loss=loss)
    inner = encoder()
    plain = keras.Sequential([inner, CosineClassifier(CLASSES)])
    plain.compile(keras.optimizers.SGD(0.1), loss=loss)
    plain.set_weights([*model.encoder.get_weights(), *model.classifier.get_weights()])
    np.testing.assert_allclose(fit(model), fit(plain), rtol=1e-5)
    learned = [*model.encoder.get_weights(), *model.classifier.get_weights()]
    for one, other in zip(learned, plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


SHARED = encoder()


@given(
    labels=st.lists(st.integers(0, CLASSES - 1), min_size=1, max_size=8),
    samples=st.integers(1, 60),
    seed=st.integers(0),
)
def test_those_of_the_batch_are_drawn_and_no_class_twice(labels, samples, seed):
    model = SampledClasses(SHARED, CosineClassifier(CLASSES), samples, seed=seed % 2**31)
    drawn = to_numpy(model._drawn(ops.convert_to_tensor(np.array(labels))))
    assert len(drawn) == min(CLASSES, samples + len(labels))
    assert (np.diff(drawn) > 0).all() and drawn[0] >= 0 and drawn[-1] < CLASSES
    assert set(labels) <= set(drawn.tolist())


def test_every_other_class_is_drawn_as_often():
    model = model_of(samples=10)
    counts, label = np.zeros(CLASSES), ops.convert_to_tensor(np.array([7]))
    for _ in range(300):
        counts[to_numpy(model._drawn(label))] += 1
    assert counts[7] == 300
    others = np.delete(counts, 7)  # 10 of 49, 300 times: 61 expected, with a standard deviation of 7
    assert others.min() > 30 and others.max() < 95


@pytest.mark.parametrize("centers", [1, 3])
def test_the_loss_of_a_step_is_that_against_what_was_drawn(centers):
    model, twin = (model_of(classifier=CosineClassifier(CLASSES, centers)) for _ in range(2))
    twin.classifier.set_weights(model.classifier.get_weights())
    drawn = to_numpy(twin._drawn(ops.convert_to_tensor(Y[:BATCH])))
    expected = naive(twin.predict(X[:BATCH], verbose=0), vectors_of(twin)[drawn], np.searchsorted(drawn, Y[:BATCH]))
    before = vectors_of(model)
    (found,) = fit(model, X[:BATCH], Y[:BATCH], epochs=1)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    # Only what was drawn has moved.
    moved = (vectors_of(model) != before).any(axis=(1, 2))
    assert moved.any() and set(np.flatnonzero(moved)) <= set(drawn.tolist())
    if centers == 1:
        assert set(np.flatnonzero(moved)) == set(drawn.tolist())


def test_what_is_drawn_changes_from_step_to_step():
    model = model_of(optimizer=keras.optimizers.SGD(0.0))
    first, second = fit(model, X[:BATCH], Y[:BATCH])
    assert first != second


def test_evaluation_is_against_all_classes():
    model = model_of()
    expected = naive(model.predict(X, verbose=0), vectors_of(model), Y)
    np.testing.assert_allclose(model.evaluate(X, Y, batch_size=BATCH, verbose=0), expected, rtol=1e-4)


@pytest.mark.parametrize(
    "labels", [Y.astype("uint8"), Y[:, None], Y.astype("float32")], ids=["uint8", "column", "float"]
)
def test_labels_of_several_kinds(labels):
    np.testing.assert_allclose(fit(model_of(), y=labels), fit(model_of()), rtol=1e-6)


@pytest.mark.parametrize("wrong", [CLASSES, -1, 300])
def test_a_class_that_does_not_exist_is_loud(wrong):
    labels = Y[:BATCH].copy()
    labels[3] = wrong
    assert np.isnan(fit(model_of(), X[:BATCH], labels)).all()


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has no 64-bit integers unless it is asked for them")
def test_a_number_beyond_int32_is_no_other_class():
    labels = Y[:BATCH].astype("int64")
    labels[3] += 2**32
    assert np.isnan(fit(model_of(), X[:BATCH], labels)).all()


def test_one_hot_labels_are_refused():
    with pytest.raises(ValueError, match=r"\[batch\] or \[batch, 1\]"):
        fit(model_of(), X, np.eye(CLASSES, dtype="int32")[Y])


def test_weights_weigh_samples():
    weights = (np.arange(BATCH) < 4).astype("float32")
    (found,) = model_of().fit(X[:BATCH], Y[:BATCH], sample_weight=weights, epochs=1, verbose=0).history["loss"]
    twin = model_of()
    drawn = to_numpy(twin._drawn(ops.convert_to_tensor(Y[:BATCH])))
    embeddings, places = twin.predict(X[:4], verbose=0), np.searchsorted(drawn, Y[:4])
    np.testing.assert_allclose(found, naive(embeddings, vectors_of(twin)[drawn], places) / 2, rtol=1e-4)


def test_penalties_are_part_of_the_loss():
    plain = fit(model_of(), X[:BATCH], Y[:BATCH], epochs=1)[0]
    model = model_of(kernel_regularizer=keras.regularizers.L2(0.5))
    penalty = 0.5 * float(np.square(model.encoder.get_weights()[0]).sum())
    np.testing.assert_allclose(fit(model, X[:BATCH], Y[:BATCH], epochs=1)[0], plain + penalty, rtol=1e-5)


def test_several_sizes_at_once():
    both = model_of(
        classifier=CosineClassifier(CLASSES, dims=[2, 4]), loss=MatryoshkaLoss(ArcFaceLoss(scale=8), [2, 4])
    )
    only = model_of(classifier=CosineClassifier(CLASSES, dims=[4]), loss=MatryoshkaLoss(ArcFaceLoss(scale=8), [4]))
    only.classifier.set_weights(both.classifier.get_weights())
    assert fit(both, epochs=1)[0] > fit(only, epochs=1)[0] > 0


def test_training_resumes_as_if_it_had_not_stopped(tmp_path):
    straight = model_of(optimizer=keras.optimizers.Adam(0.01))
    start = straight.get_weights()
    fit(straight)
    first = model_of(optimizer=keras.optimizers.Adam(0.01))
    first.set_weights(start)
    fit(first, epochs=1)
    first.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert (again.samples, again.seed, again.classifier.classes) == (5, 3, CLASSES)
    fit(again, epochs=1)
    for one, other in zip(again.get_weights(), straight.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_half_precision():
    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, dtype="mixed_bfloat16")])
    inner.set_weights(encoder().get_weights())
    model = SampledClasses(inner, CosineClassifier(CLASSES), 5, seed=3)
    model.compile(keras.optimizers.SGD(0.1), loss=ArcFaceLoss(scale=8))
    plain = model_of()
    plain.classifier.set_weights(model.classifier.get_weights())
    np.testing.assert_allclose(fit(model), fit(plain), rtol=0.02)


def test_it_tells_classes_apart_of_which_it_never_meets_all():
    rng = np.random.default_rng(1)
    centers = rng.normal(size=(CLASSES, 6))
    labels = rng.integers(0, CLASSES, 600)
    x = (centers[labels] + 0.1 * rng.normal(size=(600, 6))).astype("float32")
    model = model_of(samples=4, optimizer=keras.optimizers.Adam(0.02), loss=ArcFaceLoss(margin=0.2, scale=8))
    model.fit(x, labels, batch_size=40, epochs=15, verbose=0)
    cosines = to_numpy(model.classifier(ops.convert_to_tensor(model.predict(x, verbose=0))))
    assert (cosines.argmax(axis=1) == labels).mean() > 0.9


@pytest.mark.parametrize("loss", [TripletSemiHardLoss(), ProxyAnchorLoss(), "mse", None], ids=["a", "b", "c", "d"])
def test_another_loss_raises(loss):
    model = SampledClasses(encoder(), CosineClassifier(CLASSES), 5)
    with pytest.raises(TypeError, match=r"ArcFaceLoss\(\), CosFaceLoss\(\)"):
        model.compile("sgd", loss=loss)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"classifier": keras.layers.Dense(3)}, TypeError, "Expected `classifier` to be a CosineClassifier"),
        ({"encoder": keras.layers.Dense(3)}, TypeError, "Expected `encoder` to be a Keras model"),
        ({"encoder": keras.Sequential([keras.layers.Dense(3)])}, ValueError, "to be built"),
        ({"samples": 0}, ValueError, "samples"),
        ({"samples": 0.1}, TypeError, "samples"),
        ({"seed": "x"}, TypeError, "seed"),
    ],
)
def test_what_does_not_fit_is_said(arguments, error, message):
    with pytest.raises(error, match=message):
        SampledClasses(**{"encoder": encoder(), "classifier": CosineClassifier(CLASSES), "samples": 5, **arguments})
